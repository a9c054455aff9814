/// The training loop as a helper: epochs of batches with a compiled step, metrics and callbacks.
package dev.javelin.train;
