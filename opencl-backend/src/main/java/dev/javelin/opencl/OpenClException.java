package dev.javelin.opencl;

/// OpenCL refused or failed to do something.
final class OpenClException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OpenClException(String message) {
    super(message);
  }
}
