package dev.javelin.conformance;

import java.util.ArrayList;
import java.util.List;

/// The table of samples: a row, or several, for every op.
public final class OpSamples {
  private static final List<OpSample> ALL = collect();

  private OpSamples() {}

  private static List<OpSample> collect() {
    List<OpSample> rows = new ArrayList<>();
    rows.addAll(PointwiseSamples.all());
    rows.addAll(NeuralSamples.all());
    rows.addAll(ActivationSamples.all());
    rows.addAll(LossSamples.all());
    rows.addAll(PairLossSamples.all());
    rows.addAll(LayerSamples.all());
    rows.addAll(AttentionSamples.all());
    rows.addAll(ReduceSamples.all());
    rows.addAll(MatrixSamples.all());
    rows.addAll(ViewSamples.all());
    rows.addAll(UpdateSamples.all());
    rows.addAll(IndexingSamples.all());
    rows.addAll(OrderSamples.all());
    rows.addAll(FunctionSamples.all());
    rows.addAll(ShapeSamples.all());
    rows.addAll(LinalgSamples.all());
    rows.addAll(SpecialSamples.all());
    rows.addAll(ProductSamples.all());
    return List.copyOf(rows);
  }

  /// Every row.
  ///
  /// @return the table
  public static List<OpSample> all() {
    return ALL;
  }
}
