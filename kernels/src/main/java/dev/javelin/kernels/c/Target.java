package dev.javelin.kernels.c;

/// What the generator knows of a device.
///
/// @param dialect which compiler reads the text
/// @param cpu whether the device is a processor: few work-items that do much each, no gain from local memory
/// @param units how many compute units (multiprocessors, cores) it has
public record Target(CDialect dialect, boolean cpu, int units) {}
