package dev.javelin.engine;

import dev.javelin.backend.Backend;
import dev.javelin.backend.Executable;
import dev.javelin.ops.OpDef;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// What the engine tells the JDK's Flight Recorder, off unless a recording asks for it, such as
/// `-XX:StartFlightRecording:filename=run.jfr,dev.javelin.Launch#enabled=true`.
///
/// As long as there was no recording, events are null, and their classes are not loaded: the first that is makes the JDK set up its Flight
/// Recorder, which would be a tenth of the time that a program takes to its first training step. After that the JIT removes an event that is off.
final class Events {
  private Events() {}

  /// Whether there was a recording in this process.
  private static boolean isOn() {
    return FlightRecorder.isInitialized();
  }

  private static <E extends Event> E begun(E event) {
    event.begin();
    return event;
  }

  /// The beginning of an op.
  static Op op() {
    return isOn() ? begun(new Op()) : null;
  }

  /// The end of an op.
  static void finish(Op event, Plan plan, DeviceContext where) {
    if (event == null) {
      return;
    }
    event.end();
    if (event.shouldCommit()) {
      event.name = plan.op.name();
      event.device = where.backend.info().name();
      event.kernels = plan.kernelCount();
      event.commit();
    }
  }

  /// Whether someone wants to know of launches.
  static boolean wantsLaunches() {
    return isOn() && new Launch().isEnabled();
  }

  /// The beginning of a launch.
  static Launch launch() {
    return isOn() ? begun(new Launch()) : null;
  }

  /// The end of a launch.
  static void finish(Launch event, OpDef op, Executable executable, DeviceContext where) {
    if (event == null) {
      return;
    }
    event.end();
    if (event.shouldCommit()) {
      event.op = op.name();
      event.kernel = where.label(executable);
      event.device = where.backend.info().name();
      event.commit();
    }
  }

  /// The beginning of a copy.
  static Copy copy() {
    return isOn() ? begun(new Copy()) : null;
  }

  /// The end of a copy.
  static void finish(Copy event, DeviceContext where, boolean toDevice, long bytes) {
    if (event == null) {
      return;
    }
    event.end();
    if (event.shouldCommit()) {
      event.device = where.backend.info().name();
      event.toDevice = toDevice;
      event.bytes = bytes;
      event.commit();
    }
  }

  /// The beginning of an allocation.
  static Allocation allocation() {
    return isOn() ? begun(new Allocation()) : null;
  }

  /// The end of an allocation.
  static void finish(Allocation event, Backend where, long bytes, boolean reused) {
    if (event == null) {
      return;
    }
    event.end();
    if (event.shouldCommit()) {
      event.device = where.info().name();
      event.bytes = bytes;
      event.reused = reused;
      event.commit();
    }
  }

  /// An op: from its plan to the end of its last launch on the host. Looking for the plan, or making it, is not in it.
  @Name("dev.javelin.Op")
  @Label("Op")
  @Category("Javelin")
  @Enabled(false)
  @StackTrace(false)
  static final class Op extends Event {
    @Label("Name")
    String name;

    @Label("Device")
    String device;

    @Label("Kernels")
    int kernels;
  }

  /// A kernel's launch: on the CPU until it has finished, elsewhere until it is queued, or has finished too under `-Djavelin.blocking=true`.
  @Name("dev.javelin.Launch")
  @Label("Kernel Launch")
  @Category("Javelin")
  @Enabled(false)
  @StackTrace(false)
  static final class Launch extends Event {
    @Label("Op")
    String op;

    @Label("Kernel")
    String kernel;

    @Label("Device")
    String device;
  }

  /// A copy between the host and a device.
  @Name("dev.javelin.Copy")
  @Label("Copy")
  @Category("Javelin")
  @Enabled(false)
  @StackTrace(false)
  static final class Copy extends Event {
    @Label("Device")
    String device;

    @Label("To Device")
    boolean toDevice;

    @Label("Bytes")
    @DataAmount
    long bytes;
  }

  /// Memory taken from a device's pool.
  @Name("dev.javelin.Allocation")
  @Label("Device Memory Allocation")
  @Category("Javelin")
  @Enabled(false)
  @StackTrace(false)
  static final class Allocation extends Event {
    @Label("Device")
    String device;

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Reused")
    @Description("Whether the pool had it, rather than the device")
    boolean reused;
  }
}
