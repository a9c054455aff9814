package dev.javelin.kernels.c;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

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

  /// What goes before the text of a program: the macros that make it this language, and the helpers that it calls.
  ///
  /// @param float64 whether the device has double precision; without it no text may use float64
  /// @return the preamble, which ends with a line break
  public String preamble(boolean float64) {
    return (float64 ? "#define JV_FLOAT64\n" : "") + read(resource) + read("common.h");
  }

  private static String read(String name) {
    try (InputStream in = CDialect.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the preamble " + name, e);
    }
  }
}
