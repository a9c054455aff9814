package dev.javelin.backend;

/// A device has no memory of the requested size left. The engine collects, drains its pool and retries before users see it.
public class OutOfDeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// An exception.
  ///
  /// @param message what was requested of which device
  public OutOfDeviceMemoryException(String message) {
    super(message);
  }
}
