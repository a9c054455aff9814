package dev.javelin.nn;

/// A [Linear] under the name PyTorch prints inside attention.
final class NonDynamicallyQuantizableLinear extends Linear {
  NonDynamicallyQuantizableLinear(long inFeatures, long outFeatures, boolean bias) {
    super(inFeatures, outFeatures, bias);
  }
}
