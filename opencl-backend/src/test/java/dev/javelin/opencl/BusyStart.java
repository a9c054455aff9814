package dev.javelin.opencl;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Runs in a JVM of its own: OpenCL starts while other threads need the JVM's signal handlers all the time. A null pointer and a
/// safepoint are SIGSEGV, an integer division by zero is SIGFPE; in code of C1 always, in that of C2 as long as they are rare.
final class BusyStart {
  private static volatile String wrong = "";

  private int[] nothing;
  private int zero;

  private BusyStart() {}

  public static void main(String[] args) {
    var start = new BusyStart();
    for (BooleanSupplier need :
        List.<BooleanSupplier>of(
            start::aNullPointerThrows, start::aDivisionByZeroThrows, start::aSafepointIsReached)) {
      Thread thread = new Thread(() -> keep(need));
      thread.setDaemon(true);
      thread.start();
    }
    Child.main(args);
    System.out.println("wrong: " + wrong);
  }

  private static void keep(BooleanSupplier need) {
    while (wrong.isEmpty()) {
      if (!need.getAsBoolean()) {
        wrong = "an exception is missing";
      }
      // The start is to get a turn, too, on machines with few processors.
      LockSupport.parkNanos(1_000_000);
    }
  }

  private boolean aNullPointerThrows() {
    try {
      return nothing.length < 0;
    } catch (NullPointerException e) {
      return true;
    }
  }

  private boolean aDivisionByZeroThrows() {
    try {
      return 10 / zero < 0;
    } catch (ArithmeticException e) {
      return true;
    }
  }

  private boolean aSafepointIsReached() {
    System.gc();
    return true;
  }
}
