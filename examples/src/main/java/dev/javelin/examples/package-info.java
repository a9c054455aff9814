/// The command line and the example programs, written as any user would write them.
///
/// In: the options of `./javelin`. Out: printed progress, a saved model. Everything goes through the public API of `dev.javelin`.
package dev.javelin.examples;
