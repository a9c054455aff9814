package dev.javelin.nn;

import dev.javelin.engine.Recording;

/// Training and evaluation, as far as compiled functions are concerned.
final class Modes {
  private Modes() {}

  /// A compiled function that calls a module is recorded anew when the module's mode changes.
  static void guard(Module module) {
    if (Recording.isOn()) {
      boolean mode = module.isTraining();
      Recording.guard(() -> module.isTraining() == mode);
    }
  }
}
