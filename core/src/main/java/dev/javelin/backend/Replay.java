package dev.javelin.backend;

import java.util.List;

/// A sequence of launches that is run many times, each time on the same memory. Made by [Backend#prepare].
///
/// It refers to the memory but does not own it: who frees a buffer of it must not run it any more, and gets an exception for it.
public interface Replay extends AutoCloseable {
  /// Runs all launches in order, with the parameters that their arrays hold now. On an asynchronous device this returns once they are
  /// queued.
  void launch();

  /// Gives back what the device keeps for the sequence. It must not be run again.
  @Override
  void close();

  /// A sequence that is launched one by one: what a device does that has no better way.
  ///
  /// @param launches the launches, in order
  /// @return the sequence
  static Replay of(List<PreparedLaunch> launches) {
    List<PreparedLaunch> kept = List.copyOf(launches);
    return new Replay() {
      @Override
      public void launch() {
        kept.forEach(PreparedLaunch::launch);
      }

      @Override
      public void close() {}
    };
  }
}
