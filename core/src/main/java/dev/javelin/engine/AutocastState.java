package dev.javelin.engine;

import dev.javelin.kernels.DType;
import dev.javelin.ops.Casting;
import dev.javelin.ops.OpDef;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// An open autocast region of a thread: converts the inputs of ops on devices of one type, before they run.
public final class AutocastState implements AutoCloseable {
  private final Thread owner = Thread.currentThread();
  private final AutocastState outer;
  private final String deviceType;
  private final DType lower; // null for a region that switches autocast off
  private final Map<Value, CastWeight> weights; // shared with the regions around

  /// A parameter converted before, and what it was converted from.
  private record CastWeight(Value converted, Storage from, int version) {}

  private AutocastState(
      AutocastState outer, String deviceType, DType lower, Map<Value, CastWeight> weights) {
    this.outer = outer;
    this.deviceType = deviceType;
    this.lower = lower;
    this.weights = weights;
  }

  /// To which dtype each kind of device converts here, null for one that is switched off.
  Map<String, DType> dtypes() {
    Map<String, DType> result = outer == null ? new HashMap<>() : outer.dtypes();
    result.put(deviceType, lower);
    return result;
  }

  /// The same region without the weights converted so far: what is recorded must convert its own.
  AutocastState afresh() {
    return new AutocastState(outer, deviceType, lower, new IdentityHashMap<>());
  }

  /// Opens a region on this thread, inside the one that is open.
  ///
  /// @param deviceType the type of the devices it is about, such as `cuda`
  /// @param lower the 16-bit dtype, or null to switch autocast off inside
  /// @return the region
  public static AutocastState open(String deviceType, DType lower) {
    ThreadContext context = ThreadContext.get();
    AutocastState outer = context.autocast;
    context.autocast =
        new AutocastState(
            outer, deviceType, lower, outer == null ? new IdentityHashMap<>() : outer.weights);
    return context.autocast;
  }

  /// The dtype in which this thread runs products on devices of a type.
  ///
  /// @param deviceType the type of the devices
  /// @return the 16-bit dtype, or null if it does not autocast there
  public static DType lower(String deviceType) {
    AutocastState region = ThreadContext.get().autocast;
    while (region != null && !region.deviceType.equals(deviceType)) {
      region = region.outer;
    }
    return region == null ? null : region.lower;
  }

  /// The inputs an op is to run on.
  Value[] convert(OpDef op, Value[] inputs) {
    Casting casting = Casting.of(op.name());
    if (casting == Casting.UNCHANGED) {
      return inputs;
    }
    Value[] result = inputs.clone();
    for (int i = 0; i < result.length; i++) {
      Value input = inputs[i];
      if (!input.isNumber() && isCast(input.dtype())) {
        DType region = lower(input.storage().device.type());
        if (region != null) {
          result[i] = convert(input, target(casting, region, inputs));
        }
      }
    }
    return result;
  }

  /// float64 stays as it is, as in PyTorch.
  private static boolean isCast(DType dtype) {
    return dtype.isFloatingPoint() && dtype != DType.FLOAT64;
  }

  private static DType target(Casting casting, DType region, Value[] inputs) {
    return switch (casting) {
      case UNCHANGED -> throw new IllegalStateException("an op that is not converted");
      case LOWER -> region;
      case FLOAT32 -> DType.FLOAT32;
      case WIDEST -> {
        DType widest = region;
        boolean first = true;
        for (Value input : inputs) {
          if (isCast(input.dtype())) {
            widest = first ? input.dtype() : DType.promote(widest, input.dtype());
            first = false;
          }
        }
        yield widest;
      }
    };
  }

  private Value convert(Value input, DType target) {
    if (input.dtype() == target) {
      return input;
    }
    boolean weight = input.requiresGrad && input.gradNode == null && ThreadContext.isGradEnabled();
    if (!weight || target == DType.FLOAT32) {
      return Engine.call(new OpDef.Cast(target), input);
    }
    Storage storage = input.storage();
    CastWeight known = weights.get(input);
    boolean fresh =
        known != null
            && known.from == storage
            && known.version == storage.version
            && known.converted.dtype() == target
            && !((Storage) known.converted.source).isFreed();
    if (!fresh) {
      known = new CastWeight(Engine.call(new OpDef.Cast(target), input), storage, storage.version);
      weights.put(input, known);
    }
    return known.converted;
  }

  /// Ends the region; what it converted is forgotten when the outermost one ends.
  @Override
  public void close() {
    ThreadContext context = ThreadContext.get();
    if (context.autocast != this) {
      throw new IllegalStateException(
          owner == Thread.currentThread()
              ? "an autocast region must be closed once, after the regions inside it"
              : "an autocast region must be closed by the thread that opened it");
    }
    context.autocast = outer;
  }
}
