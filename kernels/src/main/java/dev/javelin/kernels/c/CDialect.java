package dev.javelin.kernels.c;

/// A language that the generated text is read in. Everything that differs is in the preamble, a resource.
public enum CDialect {
  /// OpenCL C 1.2, with `cl_khr_fp64` where the device has it.
  OPENCL("opencl.h"),
  /// CUDA C++ as NVRTC compiles it, without headers.
  CUDA("cuda.h");

  private final String resource;

  CDialect(String resource) {
    this.resource = resource;
  }
}
