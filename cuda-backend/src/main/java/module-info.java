/// The CUDA backend: NVIDIA's GPUs, through JCuda. Found by `ServiceLoader`; users never name a class of it.
module dev.javelin.cuda {
  requires transitive dev.javelin.core;
  requires dev.javelin.kernels;
  requires jcublas;
  requires jcuda;

  exports dev.javelin.cuda;

  provides dev.javelin.backend.BackendProvider with
      dev.javelin.cuda.CudaBackendProvider;
}
