/// Data sets, what is done to their samples, and their batches.
///
/// In: files in the formats data sets come in, or tensors, or a [dev.javelin.data.Dataset] of the user's own. Out: batches of tensors
/// on the CPU, made ahead by threads, the same ones in the same order however many threads there are.
package dev.javelin.data;
