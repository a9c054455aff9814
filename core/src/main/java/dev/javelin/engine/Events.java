package dev.javelin.engine;

import dev.javelin.backend.Backend;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// What the engine tells the JDK's Flight Recorder, off unless a recording asks for it, such as
/// `-XX:StartFlightRecording:filename=run.jfr,dev.javelin.Launch#enabled=true`. An event that is off is never made: the JIT removes it.
final class Events {
  private Events() {}

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

    static Op start() {
      Op event = new Op();
      event.begin();
      return event;
    }

    void finish(Plan plan, DeviceContext where) {
      end();
      if (shouldCommit()) {
        name = plan.op.name();
        device = where.backend.info().name();
        kernels = plan.kernelCount();
        commit();
      }
    }
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

    static Launch start() {
      Launch event = new Launch();
      event.begin();
      return event;
    }
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

    static Copy start() {
      Copy event = new Copy();
      event.begin();
      return event;
    }

    void finish(DeviceContext where, boolean direction, long amount) {
      end();
      if (shouldCommit()) {
        device = where.backend.info().name();
        toDevice = direction;
        bytes = amount;
        commit();
      }
    }
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

    static Allocation start() {
      Allocation event = new Allocation();
      event.begin();
      return event;
    }

    void finish(Backend where, long amount, boolean pooled) {
      end();
      if (shouldCommit()) {
        device = where.info().name();
        bytes = amount;
        reused = pooled;
        commit();
      }
    }
  }
}
