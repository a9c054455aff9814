package dev.javelin.engine;

/// The state of a device's memory pool, in bytes.
///
/// @param allocated held by tensors and running operations
/// @param cached freed and kept for reuse
/// @param peak the most that was allocated at once
/// @param budget the most that may be allocated
/// @param allocations how many allocations were served
/// @param collections how many garbage collections the pool asked for
public record MemoryStatistics(
    long allocated, long cached, long peak, long budget, long allocations, long collections) {}
