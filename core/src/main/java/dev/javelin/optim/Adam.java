package dev.javelin.optim;

import dev.javelin.Tensor;
import java.util.List;

/// Adam (Kingma and Ba, arXiv 1412.6980), as `torch.optim.Adam`: a weight decay is added to the gradient.
public final class Adam extends AdamBase {
  /// PyTorch's settings: betas 0.9 and 0.999, eps 1e-8, weight decay 0.
  ///
  /// @param learningRate the learning rate to begin with
  /// @return the settings
  public static Options options(double learningRate) {
    return new Options(learningRate, 0.9, 0.999, 1e-8, 0, false, false);
  }

  /// With PyTorch's settings and learning rate 0.001.
  ///
  /// @param parameters the parameters: leaves, each once
  public Adam(List<? extends Tensor> parameters) {
    this(parameters, 1e-3);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public Adam(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, options(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public Adam(List<? extends Tensor> parameters, Options options) {
    super(false);
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public Adam addParamGroup(List<? extends Tensor> parameters, Options options) {
    add(parameters, options);
    return this;
  }
}
