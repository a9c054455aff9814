/// Optimisers and learning-rate schedules.
///
/// In: parameters whose gradients a backward pass has filled. Out: the parameters, updated in place, all of one device and dtype by
/// one kernel. The learning rate is an argument of that kernel, so that changing it compiles nothing.
package dev.javelin.optim;
