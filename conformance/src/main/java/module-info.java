/// The tests every backend has to pass, written against a device; a backend's tests extend them.
module dev.javelin.conformance {
  requires transitive dev.javelin.core;
  requires transitive org.junit.jupiter.api;

  exports dev.javelin.conformance;

  uses dev.javelin.backend.BackendProvider;

  provides dev.javelin.backend.BackendProvider with
      dev.javelin.conformance.AbsentProvider,
      dev.javelin.conformance.InterpreterProvider;
}
