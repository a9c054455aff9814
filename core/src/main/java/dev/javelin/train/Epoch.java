package dev.javelin.train;

import java.util.Map;

/// What one pass over the training data gave.
///
/// @param number which pass, from 1
/// @param loss the mean loss over all training samples
/// @param metrics the mean of each metric over the validation samples, in the order they were added; empty without validation data
/// @param seconds how long the training took, without the validation
public record Epoch(int number, double loss, Map<String, Double> metrics, double seconds) {}
