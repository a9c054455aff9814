/// The tests every backend has to pass, written against a device; a backend's tests extend them.
module dev.javelin.conformance {
  requires transitive dev.javelin.core;
  requires transitive org.junit.jupiter.api;
  requires info.picocli;
  requires org.junit.platform.launcher;

  exports dev.javelin.conformance;

  opens dev.javelin.conformance to
      info.picocli,
      org.junit.platform.commons;

  uses dev.javelin.backend.BackendProvider;

  provides dev.javelin.backend.BackendProvider with
      dev.javelin.conformance.AbsentProvider,
      dev.javelin.conformance.InterpreterProvider;
}
