package dev.javelin.cpu;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/// The description of a float32 array for oneDNN: its extents and where each element lies.
///
/// The native description is destroyed some time after this object becomes unreachable.
final class DnnlDesc {
  static final Cleaner CLEANER = Cleaner.create();

  private final long handle;

  private DnnlDesc(long handle) {
    this.handle = handle;
    CLEANER.register(this, () -> DnnlApi.destroyDescription(handle));
  }

  /// Elements with explicit strides.
  static DnnlDesc of(long[] dims, long[] strides) {
    return new DnnlDesc(DnnlApi.describe(dims, strides));
  }

  /// Elements in a layout of the primitive's choice.
  static DnnlDesc any(long... dims) {
    return new DnnlDesc(DnnlApi.describeAny(dims));
  }

  /// Elements in row-major order.
  static DnnlDesc dense(long... dims) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    return of(dims, strides);
  }

  /// What a primitive chose for one of its arguments.
  static DnnlDesc queried(long primitiveDescription, int what) {
    return new DnnlDesc(DnnlApi.cloneDescription(DnnlApi.query(primitiveDescription, what)));
  }

  /// A part of this array, used with the address of the whole.
  ///
  /// @param dims its extents
  /// @param offsets where it begins
  /// @return the part, or null where oneDNN cannot describe it because it would cut a block
  DnnlDesc part(long[] dims, long[] offsets) {
    try {
      long part = DnnlApi.describePart(handle, dims, offsets);
      return part == 0 ? null : new DnnlDesc(part);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// The native description. A caller keeps this object reachable while it uses the handle.
  long handle() {
    return handle;
  }

  /// The size of the array.
  long bytes() {
    try {
      return DnnlApi.bytes(handle);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Whether two descriptions place all elements alike.
  boolean same(DnnlDesc other) {
    try {
      return DnnlApi.equal(handle, other.handle);
    } finally {
      Reference.reachabilityFence(this);
      Reference.reachabilityFence(other);
    }
  }
}
