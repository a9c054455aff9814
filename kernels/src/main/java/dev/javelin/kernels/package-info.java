/// The kernel language of Javelin: what a backend must be able to run.
///
/// In: the shapes, dtypes and expressions of ops. Out: [dev.javelin.kernels.Kernel] values, which a backend compiles, and their
/// meaning, [dev.javelin.kernels.Interpreter]. An op is written as an [dev.javelin.kernels.Expr]; the engine of `core` joins the
/// expressions of several ops into one [dev.javelin.kernels.Program] with [dev.javelin.kernels.ProgramBuilder], which simplifies
/// them on the way; a kernel holds programs. Pure values only: no tensors, no devices, no memory of its own. The C generator for
/// OpenCL and CUDA belongs here too and comes with the OpenCL backend.
package dev.javelin.kernels;
