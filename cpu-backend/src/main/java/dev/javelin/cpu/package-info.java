/// Runs kernels on the processor.
///
/// In: [dev.javelin.kernels.Kernel] values through [dev.javelin.backend.Backend#compile]. Out:
/// executables that compute on native memory by absolute address. `CpuBackend` chooses an executor
/// for each kind of kernel, and `CheckedExecutable` stands before each of them: it alone proves
/// that a launch stays inside its buffers, so that no executor has to check an address.
package dev.javelin.cpu;
