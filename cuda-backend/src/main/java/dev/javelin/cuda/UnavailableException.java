package dev.javelin.cuda;

/// Something that CUDA needs is not on this machine. The message is a sentence for users; where it was thrown is of no interest.
final class UnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  UnavailableException(String message) {
    super(message, null, false, false);
  }
}
