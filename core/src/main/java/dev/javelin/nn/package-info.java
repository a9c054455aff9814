/// Layers, losses and what holds them together.
///
/// In: subclasses of [dev.javelin.nn.Module] that declare layers as fields and override `forward`. Out: their parameters, buffers,
/// names and checkpoints, as PyTorch has them. Each layer is a short composition of tensor operations; [dev.javelin.nn.Functional]
/// holds the same as functions, [dev.javelin.nn.Init] the ways to fill parameters.
package dev.javelin.nn;
