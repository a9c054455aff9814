/// The programs of PyTorch's tutorials, and one beyond them, as a user of Javelin would write them. `./javelin example NAME` runs one.
///
/// In: a device. Out: what the program prints. Each file stands alone: it is meant to be read, and copied from.
package dev.javelin.examples.tutorials;
