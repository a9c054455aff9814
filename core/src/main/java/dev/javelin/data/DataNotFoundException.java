package dev.javelin.data;

import java.io.Serial;

/// A data set that is nowhere on this machine and could not be downloaded either.
///
/// Nothing is wrong with what the user gave, so a program may go on with [ImageFiles#generated] and
/// say that it did.
public final class DataNotFoundException extends DataException {
  @Serial private static final long serialVersionUID = 1L;

  DataNotFoundException(String message, Throwable cause) {
    super(message, cause);
  }
}
