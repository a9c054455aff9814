package dev.javelin.cuda;

import dev.javelin.kernels.c.CDialect;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/// The programs of a device: each text is compiled once, however many kernels share it, and once for all processes where its cubin can
/// be kept.
final class Programs {
  private final Session session;
  private final Libraries libraries;
  private final CubinCache cache;

  /// The line numbers of errors are those of the text.
  private final String preamble = CDialect.CUDA.preamble(true) + "#line 1\n";

  private final ConcurrentHashMap<String, CUmodule> loaded = new ConcurrentHashMap<>();
  private Optional<Compiler> compiler = Optional.empty();

  Programs(Session session, Libraries libraries, CubinCache cache) {
    this.session = session;
    this.libraries = libraries;
    this.cache = cache;
  }

  /// How many texts were loaded.
  int size() {
    return loaded.size();
  }

  /// A function.
  ///
  /// @param kind what it computes, for messages
  /// @param text the text, without a preamble
  /// @param name its name in the text
  /// @param groupSize how many threads are to be in a block
  Handles.Function function(String kind, String text, String name, int groupSize) {
    CUmodule module = loaded.get(text);
    if (module == null) {
      // Two threads that need one text wait for one compilation.
      module = loaded.computeIfAbsent(text, missing -> load(kind, missing));
    }
    session.enter();
    var function = new Handles.Function();
    session.check(
        JCudaDriver.cuModuleGetFunction(function, module, name),
        "looking for the function " + name + " of the kernel " + kind);
    int[] most = new int[1];
    session.check(
        JCudaDriver.cuFuncGetAttribute(
            most, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function),
        "asking about the function " + name);
    if (groupSize > most[0]) {
      throw new CudaException(
          session.device().name()
              + ": "
              + name
              + " needs blocks of "
              + groupSize
              + " threads, the device allows "
              + most[0]);
    }
    return function;
  }

  private CUmodule load(String kind, String text) {
    CUmodule module = new CUmodule();
    Optional<byte[]> kept = kept(text);
    // Another driver may not take what the last one took: then it is compiled again.
    if (kept.isEmpty() || load(module, kept.get()) != 0) {
      session.check(load(module, compile(kind, text)), "loading the kernel " + kind);
    }
    return module;
  }

  private int load(CUmodule module, byte[] cubin) {
    session.enter();
    return session.driver().load(module, cubin);
  }

  private Optional<byte[]> kept(String text) {
    String whole = preamble + text;
    if (libraries.compiler().isEmpty()) {
      String own = "sm_" + session.device().architecture();
      return cache.getAny(whole, Compiler.options(own));
    }
    return cache.get(whole, compiler().options(), compiler().version());
  }

  private byte[] compile(String kind, String text) {
    if (libraries.compiler().isEmpty()) {
      throw new CudaException(
          session.device().name()
              + ": the kernel "
              + kind
              + " is not compiled yet, and there is no NVRTC to do it: "
              + libraries.compilerProblem()
              + ". Install the CUDA toolkit or the Python wheel nvidia-cuda-nvrtc, or name the"
              + " directory of libnvrtc in JAVELIN_CUDA_LIBRARY_PATH");
    }
    byte[] made = compiler().compile(kind, preamble, text);
    List<String> options = compiler().options();
    cache.put(preamble + text, options, compiler().version(), made);
    return made;
  }

  private synchronized Compiler compiler() {
    if (compiler.isEmpty()) {
      CudaDevice device = session.device();
      String version = libraries.compiler().orElseThrow();
      compiler = Optional.of(Compiler.of(device.name(), version, device.architecture()));
    }
    return compiler.get();
  }
}
