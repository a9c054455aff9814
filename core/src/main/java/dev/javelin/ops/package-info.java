/// The table of ops: the one place that says what each op means and how its gradient is computed.
///
/// In: calls of [dev.javelin.Tensor]. Out: [dev.javelin.ops.OpDef] values, which the engine traces, fuses and runs. An elementwise op
/// is one constant of [dev.javelin.ops.PointwiseOps]; layers and losses are compositions in [dev.javelin.ops.NeuralOps].
package dev.javelin.ops;
