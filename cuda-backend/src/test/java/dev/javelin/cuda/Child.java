package dev.javelin.cuda;

import dev.javelin.Devices;

/// Runs in a JVM of its own: says what a user of `cuda` would see.
final class Child {
  private Child() {}

  public static void main(String[] args) {
    try {
      System.out.println("found " + Devices.get("cuda").description());
    } catch (IllegalArgumentException e) {
      System.out.println(e.getMessage());
    }
    System.out.println(Devices.isAvailable("cuda"));
  }
}
