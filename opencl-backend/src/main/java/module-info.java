/// The OpenCL backend: any vendor's device, through LWJGL. Found by `ServiceLoader`; users never name a class of it.
module dev.javelin.opencl {
  requires transitive dev.javelin.core;
  requires dev.javelin.kernels;
  requires org.lwjgl;
  requires org.lwjgl.opencl;

  exports dev.javelin.opencl;

  provides dev.javelin.backend.BackendProvider with
      dev.javelin.opencl.OpenClBackendProvider;
}
