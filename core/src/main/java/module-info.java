/// Tensors, autograd, layers, optimisers and data; finds its devices by `ServiceLoader`.
@SuppressWarnings("requires-automatic") // EJML has no module descriptors
module dev.javelin.core {
  requires transitive dev.javelin.kernels;
  requires com.fasterxml.jackson.core;
  requires ejml.core;
  requires ejml.ddense;
  requires java.desktop; // javax.imageio
  requires java.net.http;
  requires jdk.jfr; // what the engine does, as events

  exports dev.javelin;
  exports dev.javelin.amp;
  exports dev.javelin.autograd;
  exports dev.javelin.backend;
  exports dev.javelin.data;
  exports dev.javelin.io;
  exports dev.javelin.nn;
  exports dev.javelin.optim;
  exports dev.javelin.train;
  exports dev.javelin.engine to
      dev.javelin.benchmarks,
      dev.javelin.conformance;
  exports dev.javelin.ops to
      dev.javelin.benchmarks,
      dev.javelin.conformance;

  uses dev.javelin.backend.BackendProvider;
}
