package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.PointwiseOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// What `Tensor` asks of the engine besides running ops: copies from and to the host and between devices, and the autograd state.
public final class TensorState {
  private TensorState() {}

  // ---- memory ----

  /// A tensor with elements from host memory.
  ///
  /// @param device where
  /// @param dtype the type of the elements
  /// @param shape the shape
  /// @param source the elements' bytes, row by row
  /// @return the tensor
  public static Value fromHost(
      DeviceContext device, DType dtype, Shape shape, MemorySegment source) {
    long bytes = shape.numel() * dtype.bytes();
    if (source.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "of: a tensor of shape %s and dtype %s takes %s bytes, got %s"
              .formatted(shape, dtype, bytes, source.byteSize()));
    }
    Layout layout = Layout.contiguous(dtype, shape);
    ThreadContext context = ThreadContext.get();
    Storage storage = fill(device, source, context.scope);
    if (context.recording != null) {
      Value copy = Value.make(layout, fill(device, source, null), 0);
      context.recording.constant(storage, copy);
    }
    return Value.make(layout, storage, 0);
  }

  private static Storage fill(DeviceContext device, MemorySegment source, ScopeState scope) {
    long bytes = source.byteSize();
    Storage storage = device.pool.allocate(device, Math.max(1, bytes), "of", scope);
    if (bytes > 0) {
      Events.Copy event = Events.copy();
      storage.buffer.write(0, source);
      Events.finish(event, device, true, bytes);
    }
    return storage;
  }

  /// Copies a contiguous tensor's elements to host memory.
  ///
  /// @param value the tensor
  /// @param target room for its bytes
  public static void toHost(Value value, MemorySegment target) {
    long size = value.dtype().bytes();
    long bytes = value.shape().numel() * size;
    if (target.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "copyTo: a tensor of shape %s and dtype %s takes %s bytes, got room for %s"
              .formatted(value.shape(), value.dtype(), bytes, target.byteSize()));
    }
    Recording.checkMayRead(value);
    if (bytes > 0) {
      Events.Copy event = Events.copy();
      Storage storage = value.storage();
      storage.buffer.read(value.offset * size, target);
      Events.finish(event, storage.device, false, bytes);
    }
  }

  /// A tensor on a device, itself if it is there.
  ///
  /// @param value the tensor
  /// @param device where
  /// @return the tensor
  public static Value toDevice(Value value, DeviceContext device) {
    if (value.isTraced() || value.storage().device == device) {
      return value;
    }
    Tensor plain = ((Tensor) detach(value)).contiguous();
    try (Arena arena = Arena.ofConfined()) {
      long bytes = plain.numel() * plain.dtype().bytes();
      MemorySegment host = arena.allocate(Math.max(1, bytes), 64).asSlice(0, bytes);
      toHost(plain, host);
      Value moved = fromHost(device, value.dtype(), value.shape(), host);
      return value.tracked() && ThreadContext.isGradEnabled()
          ? TransferNode.record(value, moved)
          : moved;
    }
  }

  /// What users hold of a tensor's device.
  ///
  /// @param value the tensor
  /// @return the `Device`, null inside a trace
  public static Object device(Value value) {
    if (value.source instanceof Source.Absent(DeviceContext device)) {
      return device.facade();
    }
    return value.isTraced() || value.isNumber() ? null : value.storage().device.facade();
  }

  /// Whether this thread is recording a region rather than running.
  ///
  /// @return true inside the body of a composite
  public static boolean isTracing() {
    return ThreadContext.get().trace != null;
  }

  /// Whether the engine chose in which order the elements lie: a result that is no view and fills its memory without gaps.
  ///
  /// @param tensor the tensor
  /// @return whether a user could take it to lie row by row
  public static boolean isInOrderOfItsOwn(Tensor tensor) {
    Value value = tensor;
    return !value.isTraced() && value.base == null && Fuser.isDense(value.layout.view());
  }

  /// Whether a value has no elements because it is being traced.
  ///
  /// @param value the value
  /// @return true if so
  public static boolean isTraced(Value value) {
    return value.isTraced();
  }

  /// How often a tensor's memory was changed in place.
  ///
  /// @param value the tensor
  /// @return the version
  public static int version(Value value) {
    return value.storage().version;
  }

  // ---- autograd ----

  /// Whether a gradient is wanted or flows through.
  ///
  /// @param value the tensor
  /// @return true if so
  public static boolean tracked(Value value) {
    return value.tracked();
  }

  /// Marks a leaf.
  ///
  /// @param value the tensor
  /// @param wanted whether a gradient is wanted
  public static void setRequiresGrad(Value value, boolean wanted) {
    if (value.gradNode != null) {
      if (!wanted) {
        throw new IllegalStateException(
            "requiresGrad_: only a leaf can be told not to require grad; use detach()");
      }
      return;
    }
    if (wanted && !value.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "requiresGrad_: only floating-point tensors can require grad, got " + value.dtype());
    }
    value.requiresGrad = wanted;
    if (wanted) {
      // From here on a leaf of its own, whatever it was a view of.
      value.base = null;
    }
  }

  /// How the node that made a tensor prints.
  ///
  /// @param value the tensor
  /// @return the name, empty for a leaf
  public static Optional<String> gradName(Value value) {
    Autograd.refresh(value);
    return value.gradNode == null ? Optional.empty() : Optional.of(value.gradNode.op.gradName());
  }

  /// The accumulated gradient.
  ///
  /// @param value the tensor
  /// @param seen whether it may be kept by the user from now on
  /// @return the gradient, null if there is none
  public static Value grad(Value value, boolean seen) {
    Recording.touch(value, true);
    Value.LeafState leaf = value.leafOrNull();
    if (leaf == null) {
      return null;
    }
    leaf.gradSeen |= seen;
    return leaf.grad;
  }

  /// Replaces the gradient. The memory of one that only the engine ever saw is freed at once; that of another goes back to the
  /// scope it was made in, if any.
  ///
  /// @param value the tensor
  /// @param gradient the new gradient, or null
  public static void setGrad(Value value, Value gradient) {
    if (gradient != null
        && (!gradient.shape().equals(value.shape()) || gradient.dtype() != value.dtype())) {
      throw new IllegalArgumentException(
          "setGrad: expected a gradient like the tensor (%s), got %s"
              .formatted(value.layout, gradient.layout));
    }
    Recording.touch(value, false);
    Value.LeafState leaf = value.leaf();
    if (leaf.grad != null && leaf.grad != gradient && leaf.grad.source instanceof Storage storage) {
      if (leaf.gradSeen) {
        storage.returnToScope();
      } else {
        storage.free("when the gradient was set to null");
      }
    }
    leaf.grad = gradient;
    leaf.gradSeen = gradient != null;
  }

  /// The same elements without history.
  ///
  /// @param value the tensor
  /// @return the tensor
  public static Value detach(Value value) {
    if (value.isTraced()) {
      return value;
    }
    Value result = Value.make(value.layout, value.storage(), value.offset);
    Recording.same(value, result);
    return result;
  }

  /// Makes a tensor look at another one's memory.
  ///
  /// @param target the tensor that changes
  /// @param source the tensor whose layout and memory it takes
  public static void setData(Value target, Value source) {
    if (target.gradNode != null) {
      throw new IllegalStateException("setData: only a leaf can be given other values; use copy_");
    }
    target.base = null;
    Storage storage = source.storage();
    if (target.source instanceof Storage before && before != storage) {
      // A graph that saved the old values notices, as after an in-place change.
      storage.version = Math.max(storage.version, before.version + 1);
    }
    target.layout = source.layout;
    target.source = storage;
    target.offset = source.offset;
  }

  /// Takes a tensor's memory out of every scope: it lives as long as it is referred to.
  ///
  /// @param value the tensor
  public static void unscope(Value value) {
    value.storage().scope = null;
  }

  /// Gives a tensor to the scope open on this thread, if any: for tensors made by another thread, or before the scope was opened.
  ///
  /// @param value the tensor
  public static void adopt(Value value) {
    ScopeState scope = ThreadContext.get().scope;
    Storage storage = value.storage();
    if (scope != null && storage.scope != scope) {
      scope.add(storage);
    }
  }

  /// Keeps the gradient of a tensor that is no leaf.
  ///
  /// @param value the tensor
  public static void retainGrad(Value value) {
    if (!value.tracked()) {
      throw new IllegalStateException("retainGrad: the tensor does not require grad");
    }
    if (value.gradNode != null && !value.leaf().retainsGrad) {
      value.leaf().retainsGrad = true;
      value.gradNode.addHook(
          value.gradOutput,
          gradient -> {
            Value before = value.leaf().grad;
            value.leaf().grad =
                before == null ? gradient : Engine.call(PointwiseOps.ADD, before, gradient);
            value.leaf().gradSeen = true;
            return null;
          });
    }
  }

  /// Adds a hook on a tensor's gradient.
  ///
  /// @param value the tensor
  /// @param hook the function
  /// @return removes it
  public static Runnable addHook(Value value, UnaryOperator<Value> hook) {
    if (!value.tracked()) {
      throw new IllegalStateException("registerHook: the tensor does not require grad");
    }
    if (value.gradNode != null) {
      Recording.ownGradient();
      return value.gradNode.addHook(value.gradOutput, hook);
    }
    value.leaf().hooks.add(hook);
    return () -> value.leaf().hooks.remove(hook);
  }
}
