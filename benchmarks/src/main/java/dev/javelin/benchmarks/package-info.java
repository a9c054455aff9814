/// Benchmarks: JMH for single operations, and [dev.javelin.benchmarks.Bench], which runs the same work on Javelin and on PyTorch's
/// official libtorch in turns.
///
/// The module has no `module-info`: the launcher and JMH's forks run it from the class path, and JMH is an automatic module.
package dev.javelin.benchmarks;
