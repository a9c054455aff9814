package dev.javelin.opencl;

import dev.javelin.Devices;
import java.util.Arrays;

/// Runs in a JVM of its own: says what a user of `opencl` would see.
final class Child {
  private Child() {}

  public static void main(String[] args) {
    if (Arrays.asList(args).contains("cpu")) {
      System.out.println(Devices.cpu().name());
      return;
    }
    try {
      System.out.println("found " + Devices.get("opencl").description());
      OpenClBackend backend = Cases.device(new Driver(), Cases.addParameter(4));
      var executable = backend.compile(Cases.kernel(4));
      var x = backend.allocate(64);
      var y = backend.allocate(64);
      Cases.write(x, 1, 2, 3, 4);
      Cases.launch(executable, x, y, 10);
      System.out.println("computed " + Arrays.toString(Cases.read(y, 4)));
    } catch (IllegalArgumentException e) {
      System.out.println(e.getMessage());
    }
    try {
      System.out.println("divided " + 10 / Integer.getInteger("zero", 0));
    } catch (ArithmeticException e) {
      System.out.println(e.getMessage());
    }
  }
}
