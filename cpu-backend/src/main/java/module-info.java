/// The CPU backend: oneDNN for matrix products and convolutions, the Vector API for everything
/// else, plain Java where either is missing. Found by `ServiceLoader`; users never name a class of
/// it.
module dev.javelin.cpu {
  requires transitive dev.javelin.core;
  requires dev.javelin.kernels;
  requires java.management;
  requires jdk.management;
  requires static jdk.incubator.vector;

  exports dev.javelin.cpu;

  provides dev.javelin.backend.BackendProvider with
      dev.javelin.cpu.CpuBackendProvider;
}
