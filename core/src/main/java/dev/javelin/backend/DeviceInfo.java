package dev.javelin.backend;

/// What a device is.
///
/// @param name what users write, such as `cpu` or `cuda:0`
/// @param description the hardware's and the driver's own name
/// @param memory how many bytes it has for tensors
/// @param hostMemory whether its memory is the host's own, so that nothing is gained by copying asynchronously
public record DeviceInfo(String name, String description, long memory, boolean hostMemory) {}
