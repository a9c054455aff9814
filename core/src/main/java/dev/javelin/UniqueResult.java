package dev.javelin;

/// The distinct elements of a tensor.
///
/// @param values the distinct elements, one dimension
/// @param inverse int64: for each element of the tensor, which of `values` it is
/// @param counts int64: how often each of `values` occurs
public record UniqueResult(Tensor values, Tensor inverse, Tensor counts) {}
