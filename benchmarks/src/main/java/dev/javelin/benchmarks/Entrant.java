package dev.javelin.benchmarks;

import java.util.function.Supplier;

/// Someone to measure, who can be started more than once.
///
/// @param name the heading of its column
/// @param usual starts what takes turns in the comparison
/// @param alone starts a process that does nothing else, to measure its memory
record Entrant(String name, Supplier<Contender> usual, Supplier<Contender> alone) {}
