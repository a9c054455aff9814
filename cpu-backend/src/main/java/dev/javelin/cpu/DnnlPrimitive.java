package dev.javelin.cpu;

import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// A compiled operation of oneDNN, ready to run on the calling thread with any addresses.
///
/// Several threads may run one primitive at once: each run borrows a set of oneDNN's memory objects, whose addresses it
/// sets, and brings its own scratch memory. The native objects are destroyed some time after this object becomes
/// unreachable.
final class DnnlPrimitive {
  private final Native natives;
  private final int[] ids;
  private final DnnlDesc[] descs;
  private final DnnlDesc scratchpad;
  private final long scratchBytes;
  private final String implementation;

  private DnnlPrimitive(long description, int[] ids, DnnlDesc[] descs) {
    this.ids = ids;
    this.descs = descs;
    this.scratchBytes = DnnlApi.bytes(DnnlApi.scratchpad(description));
    this.scratchpad =
        scratchBytes == 0 ? null : DnnlDesc.queried(description, DnnlApi.QUERY_SCRATCHPAD);
    this.implementation = DnnlApi.implementation(description);
    this.natives = new Native(DnnlApi.primitive(description));
    DnnlDesc.CLEANER.register(this, natives);
  }

  /// Compiles an operation.
  ///
  /// @param description the primitive description, which is destroyed; 0 if there is none
  /// @param ids oneDNN's names of the arguments
  /// @param descs what the arguments look like
  /// @return the operation, or null where the description is 0
  static DnnlPrimitive of(long description, int[] ids, DnnlDesc... descs) {
    if (description == 0) {
      return null;
    }
    try {
      return new DnnlPrimitive(description, ids, descs);
    } finally {
      DnnlApi.destroyPrimitiveDescription(description);
    }
  }

  /// A copy from one layout to another, or a sum with what is there.
  static DnnlPrimitive reorder(DnnlDesc from, DnnlDesc to, boolean add) {
    long attributes = DnnlApi.attributes(add);
    try {
      long description = DnnlApi.reorder(from.handle(), to.handle(), attributes);
      if (description == 0) {
        // Not expected: oneDNN has a general implementation for all layouts of one type.
        throw new IllegalStateException("oneDNN cannot copy between two layouts");
      }
      return of(description, new int[] {DnnlApi.SRC, DnnlApi.DST}, from, to);
    } finally {
      DnnlApi.destroyAttributes(attributes);
    }
  }

  /// The name of the implementation that oneDNN chose.
  String implementation() {
    return implementation;
  }

  /// What an argument looks like.
  DnnlDesc desc(int argument) {
    return descs[argument];
  }

  /// Runs a primitive of two arguments.
  void run(long first, long second) {
    run(first, second, 0, 0);
  }

  /// Runs it; addresses beyond the number of arguments are ignored.
  void run(long first, long second, long third, long fourth) {
    Context context = natives.borrow();
    if (context == null) {
      context = new Context(this);
    }
    Scratch scratch = null;
    try {
      context.set(0, first);
      context.set(1, second);
      if (ids.length > 2) {
        context.set(2, third);
      }
      if (ids.length > 3) {
        context.set(3, fourth);
      }
      if (scratchBytes > 0) {
        scratch = Scratch.borrow();
        context.set(ids.length, scratch.reserve(scratchBytes));
      }
      // Those on top of the functions of sgemm.
      boolean quiet = implementation.startsWith("gemm");
      DnnlApi.execute(natives.primitive, context.stream, context.count, context.arguments, quiet);
    } finally {
      if (scratch != null) {
        scratch.giveBack();
      }
      natives.giveBack(context);
      Reference.reachabilityFence(this);
    }
  }

  /// What must be destroyed. Holds no reference to the primitive, or the cleaner would keep it alive.
  private static final class Native implements Runnable {
    final long primitive;
    final AtomicReferenceArray<Context> contexts =
        new AtomicReferenceArray<>(Workers.threads() + 2);

    Native(long primitive) {
      this.primitive = primitive;
    }

    Context borrow() {
      for (int i = 0; i < contexts.length(); i++) {
        if (contexts.getPlain(i) != null) {
          Context context = contexts.getAndSet(i, null);
          if (context != null) {
            return context;
          }
        }
      }
      return null;
    }

    void giveBack(Context context) {
      for (int i = 0; i < contexts.length(); i++) {
        if (contexts.getPlain(i) == null && contexts.compareAndSet(i, null, context)) {
          return;
        }
      }
      context.destroy();
    }

    @Override
    public void run() {
      for (Context context = borrow(); context != null; context = borrow()) {
        context.destroy();
      }
      DnnlApi.destroyPrimitive(primitive);
    }
  }

  /// The arguments of one run.
  private static final class Context {
    final Arena arena = Arena.ofShared();
    final long[] memories;
    final long[] addresses;
    final long stream;
    final long arguments;
    final int count;

    Context(DnnlPrimitive p) {
      count = p.ids.length + (p.scratchpad == null ? 0 : 1);
      memories = new long[count];
      addresses = new long[count];
      arguments = arena.allocate(16L * count, 16).address();
      for (int i = 0; i < count; i++) {
        boolean argument = i < p.ids.length;
        memories[i] = DnnlApi.memory((argument ? p.descs[i] : p.scratchpad).handle());
        Memory.putInt(arguments + 16L * i, argument ? p.ids[i] : DnnlApi.SCRATCHPAD);
        Memory.putLong(arguments + 16L * i + 8, memories[i]);
      }
      stream = DnnlApi.stream();
    }

    void set(int argument, long address) {
      if (addresses[argument] != address) {
        DnnlApi.setMemory(memories[argument], address);
        addresses[argument] = address;
      }
    }

    void destroy() {
      for (long memory : memories) {
        DnnlApi.destroyMemory(memory);
      }
      DnnlApi.destroyStream(stream);
      arena.close();
    }
  }
}
