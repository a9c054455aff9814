/// Files of tensors.
///
/// In: tensors by name. Out: a safetensors file, written atomically; and back. What is wrong with a file is said in one sentence,
/// before anything of it is used.
package dev.javelin.io;
