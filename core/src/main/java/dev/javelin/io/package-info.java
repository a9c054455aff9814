/// Files of tensors.
///
/// In: tensors, and what holds them. Out: a file of PyTorch's, NumPy's or the safetensors format, written atomically; and back. What is
/// wrong with a file is said in one sentence, before anything of it is used.
///
/// Reading goes three steps: a reader of each format finds values and [StoredTensor]s, which are views of the mapped file
/// ([Contents]); [Tree] makes them the user's values; [Checkpoint] copies the elements to a device.
package dev.javelin.io;
