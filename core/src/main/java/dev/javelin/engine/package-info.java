/// The engine: turns ops into plans of few kernels, runs them, records them for autograd, and manages memory.
///
/// In: an [dev.javelin.ops.OpDef] and tensors. `Engine` finds the `Plan` for the op and the layouts; a new one is made by `Trace` (what
/// the op consists of), `Fuser` (which kernels), `Lowering` (their programs). Out: kernels launched on the device, tensors. `Autograd`
/// walks the recorded `GradNode`s backwards and runs gradient rules as ops like any other. Nothing here knows a particular op.
package dev.javelin.engine;
