package dev.javelin.cuda;

import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jcuda.nvrtc.JNvrtc;

/// The libraries beside the driver that were found and loaded, or why not.
///
/// @param driver the driver's functions
/// @param compiler the version of NVRTC, such as 13.0, empty where it cannot be used
/// @param compilerProblem why not, a sentence
/// @param blas the version of cuBLAS, empty where it cannot be used
/// @param blasProblem why not, a sentence
record Libraries(
    SymbolLookup driver,
    Optional<String> compiler,
    String compilerProblem,
    Optional<String> blas,
    String blasProblem) {
  static final List<String> COMPILER_FUNCTIONS =
      List.of(
          "nvrtcCompileProgram",
          "nvrtcCreateProgram",
          "nvrtcDestroyProgram",
          "nvrtcGetCUBIN",
          "nvrtcGetCUBINSize",
          "nvrtcGetNumSupportedArchs",
          "nvrtcGetPTX",
          "nvrtcGetPTXSize",
          "nvrtcGetProgramLog",
          "nvrtcGetProgramLogSize",
          "nvrtcGetSupportedArchs",
          "nvrtcVersion");

  static final List<String> BLAS_FUNCTIONS =
      List.of(
          "cublasCreate_v2",
          "cublasGemmEx",
          "cublasGemmStridedBatchedEx",
          "cublasSetMathMode",
          "cublasSetStream_v2",
          "cublasSetWorkspace_v2");

  /// A library that was opened.
  private record Opened(Path file, int major, SymbolLookup functions) {}

  /// Loads what there is.
  ///
  /// @param driver the driver's functions
  /// @param newest the major version of CUDA that the driver supports
  static Libraries load(LibrarySearch search, SymbolLookup driver, int newest) {
    Optional<String> compiler = Optional.empty();
    String compilerProblem = "";
    try {
      compiler = Optional.of(loadCompiler(search, newest));
    } catch (UnavailableException e) {
      compilerProblem = e.getMessage();
    }
    try {
      return new Libraries(
          driver, compiler, compilerProblem, Optional.of(loadBlas(search, newest)), "");
    } catch (UnavailableException e) {
      return new Libraries(driver, compiler, compilerProblem, Optional.empty(), e.getMessage());
    }
  }

  private static String loadCompiler(LibrarySearch search, int newest) throws UnavailableException {
    Path file = find(search, "nvrtc", newest);
    // NVRTC opens this by its bare name, which is found where it is loaded already.
    String builtins = "libnvrtc-builtins.so." + LibrarySearch.major(file) + ".*";
    LibrarySearch.matching(directory(file), builtins)
        .forEach(path -> CudaNative.open(path.toString()));
    Opened nvrtc = open(file, COMPILER_FUNCTIONS);
    Natives.loadCompiler(nvrtc.major);
    int[] major = new int[1];
    int[] minor = new int[1];
    int status = JNvrtc.nvrtcVersion(major, minor);
    if (status != 0) {
      throw new UnavailableException(nvrtc.file + " fails: " + JNvrtc.nvrtcGetErrorString(status));
    }
    return major[0] + "." + minor[0];
  }

  private static String loadBlas(LibrarySearch search, int newest) throws UnavailableException {
    Path file = find(search, "cublas", newest);
    // cuBLAS needs this one, which lies beside it where the linker may not look.
    Path light =
        Path.of(directory(file), file.getFileName().toString().replace("cublas", "cublasLt"));
    CudaNative.open(light.toString());
    Opened cublas = open(file, BLAS_FUNCTIONS);
    Natives.loadBlas(cublas.major);
    String name = "cublasGetProperty";
    if (cublas.functions.find(name).isEmpty()) {
      return String.valueOf(cublas.major);
    }
    return cublas.major
        + CudaNative.property(cublas.functions, name, 1).map(minor -> "." + minor).orElse("");
  }

  private static String directory(Path file) {
    return String.valueOf(file.toAbsolutePath().getParent());
  }

  private static Path find(LibrarySearch search, String name, int newest)
      throws UnavailableException {
    return search
        .find(name, newest)
        .orElseThrow(
            () ->
                new UnavailableException(
                    "lib%s.so for CUDA %d to %d was not found in %s"
                        .formatted(name, Natives.OLDEST, newest, search.directories())));
  }

  private static Opened open(Path file, List<String> functions) throws UnavailableException {
    SymbolLookup library =
        CudaNative.open(file.toString())
            .orElseThrow(() -> new UnavailableException(file + " cannot be loaded"));
    List<String> missing = CudaNative.missing(library, functions);
    if (!missing.isEmpty()) {
      throw new UnavailableException(file + " has no " + String.join(", ", missing));
    }
    return new Opened(file, LibrarySearch.major(file), library);
  }

  /// For users, after the driver's version.
  String description() {
    return compiler.map(version -> "NVRTC " + version).orElse("without NVRTC")
        + ", "
        + blas.map(version -> "cuBLAS " + version).orElse("without cuBLAS");
  }
}
