/// What goes beyond `backward`: functions with a gradient of one's own, checkpointing, checks of gradients, anomaly mode.
///
/// In: code of the user that computes with tensors. Out: nodes of the same graph that the engine's ops are recorded in.
package dev.javelin.autograd;
