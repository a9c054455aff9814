package dev.javelin.cuda;

/// CUDA refused or failed to do something.
final class CudaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CudaException(String message) {
    super(message);
  }
}
