/// Tensors, autograd, layers, optimisers and data; finds its devices by `ServiceLoader`.
module dev.javelin.core {
  requires transitive dev.javelin.kernels;
  requires com.fasterxml.jackson.core;
  requires java.net.http;

  exports dev.javelin;
  exports dev.javelin.autograd;
  exports dev.javelin.backend;
  exports dev.javelin.data;
  exports dev.javelin.io;
  exports dev.javelin.nn;
  exports dev.javelin.optim;
  exports dev.javelin.engine to
      dev.javelin.benchmarks,
      dev.javelin.conformance;
  exports dev.javelin.ops to
      dev.javelin.benchmarks,
      dev.javelin.conformance;

  uses dev.javelin.backend.BackendProvider;
}
