/// Runs kernels on OpenCL devices of any vendor.
///
/// In: [dev.javelin.kernels.Kernel] values through [dev.javelin.backend.Backend#compile]. Out: executables that set the arguments of
/// OpenCL kernels and queue them. `Discovery` finds the library (`ClLibrary`) and its devices (`ClDevice`); a device's context, its one
/// in-order queue, its memory and its programs are made when it is first used (`Session`); `Driver` is the only class that calls
/// OpenCL on hot paths.
package dev.javelin.opencl;
