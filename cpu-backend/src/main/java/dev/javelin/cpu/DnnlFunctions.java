package dev.javelin.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/// The functions of oneDNN's C library that [DnnlApi] calls. Pointers are plain addresses, and so are parameters that are ints in C: on Linux
/// x86-64 both take a register or 8 bytes of the stack, and every signature takes the linker some milliseconds at the start of a
/// program.
///
/// Constants, because the JIT makes a direct call of a constant method handle only. Where the library is missing they
/// are null; [#reason] says why.
final class DnnlFunctions {
  private static final DnnlLibrary LIBRARY = DnnlLibrary.load();
  private static String missing = "";

  static final MethodHandle ENGINE_CREATE = handle("dnnl_engine_create", 3);
  static final MethodHandle STREAM_CREATE = handle("dnnl_stream_create", 3);
  static final MethodHandle STREAM_DESTROY = handle("dnnl_stream_destroy", 1);
  static final MethodHandle DESC_STRIDES = handle("dnnl_memory_desc_create_with_strides", 5);
  static final MethodHandle DESC_TAG = handle("dnnl_memory_desc_create_with_tag", 5);
  static final MethodHandle DESC_PART = handle("dnnl_memory_desc_create_submemory", 4);
  static final MethodHandle DESC_CLONE = handle("dnnl_memory_desc_clone", 2);
  static final MethodHandle DESC_DESTROY = handle("dnnl_memory_desc_destroy", 1);
  static final MethodHandle DESC_EQUAL = handle("dnnl_memory_desc_equal", 2);
  static final MethodHandle DESC_SIZE = longHandle("dnnl_memory_desc_get_size", 1);
  static final MethodHandle MEMORY_CREATE = handle("dnnl_memory_create", 4);
  static final MethodHandle MEMORY_DESTROY = handle("dnnl_memory_destroy", 1);
  // So short that leaving the Java state would cost more than the call.
  static final MethodHandle MEMORY_SET =
      find(
          "dnnl_memory_set_data_handle",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG),
          Linker.Option.critical(false));
  static final MethodHandle ATTR_CREATE = handle("dnnl_primitive_attr_create", 1);
  static final MethodHandle ATTR_DESTROY = handle("dnnl_primitive_attr_destroy", 1);
  static final MethodHandle ATTR_SCRATCHPAD = handle("dnnl_primitive_attr_set_scratchpad_mode", 2);
  static final MethodHandle ATTR_POST_OPS = handle("dnnl_primitive_attr_set_post_ops", 2);
  static final MethodHandle POST_OPS_CREATE = handle("dnnl_post_ops_create", 1);
  static final MethodHandle POST_OPS_DESTROY = handle("dnnl_post_ops_destroy", 1);
  static final MethodHandle POST_OPS_SUM =
      find(
          "dnnl_post_ops_append_sum",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_FLOAT, JAVA_INT, JAVA_INT));
  static final MethodHandle MATMUL = handle("dnnl_matmul_primitive_desc_create", 7);
  static final MethodHandle CONVOLUTION_FORWARD =
      handle("dnnl_convolution_forward_primitive_desc_create", 13);
  static final MethodHandle CONVOLUTION_BACKWARD_DATA =
      handle("dnnl_convolution_backward_data_primitive_desc_create", 12);
  static final MethodHandle CONVOLUTION_BACKWARD_WEIGHTS =
      handle("dnnl_convolution_backward_weights_primitive_desc_create", 13);
  static final MethodHandle REORDER = handle("dnnl_reorder_primitive_desc_create", 6);
  static final MethodHandle DESCRIPTION_QUERY_MD = longHandle("dnnl_primitive_desc_query_md", 3);
  static final MethodHandle DESCRIPTION_QUERY = handle("dnnl_primitive_desc_query", 4);
  static final MethodHandle DESCRIPTION_DESTROY = handle("dnnl_primitive_desc_destroy", 1);
  static final MethodHandle PRIMITIVE_CREATE = handle("dnnl_primitive_create", 2);
  static final MethodHandle PRIMITIVE_DESTROY = handle("dnnl_primitive_destroy", 1);
  static final MethodHandle EXECUTE = handle("dnnl_primitive_execute", 4);
  static final MethodHandle SGEMM =
      find(
          "dnnl_sgemm",
          FunctionDescriptor.of(
              JAVA_INT,
              JAVA_BYTE,
              JAVA_BYTE,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_FLOAT,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_FLOAT,
              JAVA_LONG,
              JAVA_LONG));
  static final MethodHandle OMP_MAX_THREADS = handle("omp_get_max_threads", 0);
  static final MethodHandle OMP_SET_THREADS =
      find("omp_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));

  private DnnlFunctions() {}

  /// Why the library cannot be used; empty where it can.
  static String reason() {
    return LIBRARY.symbols() == null ? LIBRARY.reason() : missing;
  }

  private static MethodHandle handle(String name, int parameters) {
    return find(name, FunctionDescriptor.of(JAVA_INT, longs(parameters)));
  }

  private static MethodHandle longHandle(String name, int parameters) {
    return find(name, FunctionDescriptor.of(JAVA_LONG, longs(parameters)));
  }

  private static MemoryLayout[] longs(int count) {
    MemoryLayout[] layouts = new MemoryLayout[count];
    Arrays.fill(layouts, JAVA_LONG);
    return layouts;
  }

  private static MethodHandle find(String name, FunctionDescriptor type, Linker.Option... options) {
    if (LIBRARY.symbols() == null) {
      return null;
    }
    MemorySegment symbol = LIBRARY.symbols().find(name).orElse(null);
    if (symbol == null) {
      missing = "The oneDNN library on the class path lacks the function " + name + ".";
      return null;
    }
    return Linker.nativeLinker().downcallHandle(symbol, type, options);
  }
}
