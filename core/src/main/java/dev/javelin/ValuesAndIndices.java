package dev.javelin;

/// Elements chosen along a dimension and where they were: what `max`, `sort`, `topk`, `median` and their like give.
///
/// @param values the elements; gradients flow through them
/// @param indices int64, their indices along the dimension
public record ValuesAndIndices(Tensor values, Tensor indices) {
  /// Both tensors as PyTorch prints them.
  @Override
  public String toString() {
    return "values=" + values + ",\nindices=" + indices;
  }
}
