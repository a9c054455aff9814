package dev.javelin.data;

import dev.javelin.Tensor;

/// One item of a data set.
///
/// @param x what goes into a model, such as an image
/// @param y what is to come out of it, such as a class
public record Sample(Tensor x, Tensor y) {}
