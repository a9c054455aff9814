/// The C generator: turns a [dev.javelin.kernels.Kernel] into the text of device functions and the launches that run them.
///
/// In: kernels, and what a device is like. Out: pure values that a backend binds to its driver. One text serves OpenCL C 1.2 and
/// CUDA; what differs is a preamble of macros, the dialect.
package dev.javelin.kernels.c;
