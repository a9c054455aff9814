/// Runs kernels on NVIDIA's GPUs.
///
/// In: [dev.javelin.kernels.Kernel] values through [dev.javelin.backend.Backend#compile]. Out: executables that fill a block of parameters
/// and queue functions, or call cuBLAS. `Discovery` finds the driver, NVRTC and cuBLAS (`LibrarySearch`) and makes JCuda load against them
/// (`Natives`, `ElfRetarget`); a device's context, its one stream, its memory and its programs are made when it is first used (`Session`);
/// `Programs` compiles texts (`Compiler`, NVRTC) and keeps the cubins (`CubinCache`); `Driver` is the only class that calls CUDA on hot
/// paths.
package dev.javelin.cuda;
