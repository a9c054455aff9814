package dev.javelin.kernels.c;

import java.util.List;

/// One launch of a device function, on a grid of one dimension.
///
/// @param function its name in the text
/// @param groups how many work-groups (blocks), at least 1
/// @param groupSize how many work-items (threads) in each; the text requires exactly this many
/// @param args what is bound to its parameters
public record Launch(String function, int groups, int groupSize, List<Arg> args) {}
