/// The service provider interface: implement these four small interfaces, let `ServiceLoader` find the provider, and Javelin runs
/// on the device.
///
/// In: [dev.javelin.kernels.Kernel] values from the engine. Out: [dev.javelin.backend.Executable] values that run them on
/// [dev.javelin.backend.DeviceBuffer]s. A library call (oneDNN, cuBLAS) is a case inside [dev.javelin.backend.Backend#compile], so
/// the interface does not grow with them. [dev.javelin.backend.CheckedExecutable] guards a backend's launches. A sequence of launches that
/// is run many times is a [dev.javelin.backend.Replay], which a device may do better than one by one.
package dev.javelin.backend;
