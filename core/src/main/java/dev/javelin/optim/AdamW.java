package dev.javelin.optim;

import dev.javelin.Tensor;
import java.util.List;

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), as `torch.optim.AdamW`.
public final class AdamW extends AdamBase {
  /// PyTorch's settings: betas 0.9 and 0.999, eps 1e-8, weight decay 0.01.
  ///
  /// @param learningRate the learning rate to begin with
  /// @return the settings
  public static Options options(double learningRate) {
    return new Options(learningRate, 0.9, 0.999, 1e-8, 0.01, false, false);
  }

  /// With PyTorch's settings and learning rate 0.001.
  ///
  /// @param parameters the parameters: leaves, each once
  public AdamW(List<? extends Tensor> parameters) {
    this(parameters, 1e-3);
  }

  /// With PyTorch's settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param learningRate the learning rate to begin with
  public AdamW(List<? extends Tensor> parameters, double learningRate) {
    this(parameters, options(learningRate));
  }

  /// With other settings.
  ///
  /// @param parameters the parameters: leaves, each once
  /// @param options the settings
  public AdamW(List<? extends Tensor> parameters, Options options) {
    super(true);
    addParamGroup(parameters, options);
  }

  /// Adds parameters with settings of their own.
  ///
  /// @param parameters the parameters: leaves that are in no group yet
  /// @param options their settings
  /// @return this optimiser
  public AdamW addParamGroup(List<? extends Tensor> parameters, Options options) {
    add(parameters, options);
    return this;
  }
}
