package dev.javelin.conformance;

import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Runs one test in so many, so that processes side by side share a suite: devices that compile each kernel take long for it.
final class VerifyPart implements InvocationInterceptor {
  /// One for the process, since JUnit makes the instances.
  private static volatile int number = 1;

  private static volatile int parts = 1;
  private static volatile long met;
  private static volatile long left;

  VerifyPart() {}

  /// Says which tests to run from now on.
  ///
  /// @param part `K/N`: the K-th part, from 1, of N
  static void begin(String part) {
    String[] numbers = part.split("/", -1);
    try {
      number = Integer.parseInt(numbers[0]);
      parts = Integer.parseInt(numbers[numbers.length - 1]);
    } catch (NumberFormatException _) {
      parts = 0;
    }
    if (numbers.length != 2 || number < 1 || number > parts) {
      throw new IllegalArgumentException(
          "--part expected K/N, the K-th of N parts such as 1/4, got '" + part + "'");
    }
  }

  /// How many tests of the suites so far were left to other parts.
  static long left() {
    return left;
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
      throws Throwable {
    run(test);
  }

  @Override
  public void interceptDynamicTest(
      Invocation<Void> test, DynamicTestInvocationContext dynamic, ExtensionContext context)
      throws Throwable {
    run(test);
  }

  // JUnit runs the tests of a launcher in one thread, in the same order every time.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private static void run(Invocation<Void> test) throws Throwable {
    if (met++ % parts == number - 1) {
      test.proceed();
    } else {
      left++;
      test.skip();
    }
  }
}
