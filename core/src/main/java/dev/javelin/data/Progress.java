package dev.javelin.data;

import java.util.OptionalLong;

/// Is told how a download goes on. It is called on the thread that asked for the data.
@FunctionalInterface
public interface Progress {
  /// Called when a file's download begins, after each piece that arrived, and at its end.
  ///
  /// @param file the name of the file
  /// @param done how many bytes have arrived
  /// @param total how many there will be, where the server said so
  void update(String file, long done, OptionalLong total);

  /// A progress that nobody watches.
  ///
  /// @return one that does nothing
  static Progress none() {
    return (_, _, _) -> {};
  }
}
