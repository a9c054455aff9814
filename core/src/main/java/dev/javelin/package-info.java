/// What users hold: [dev.javelin.Tensor], [dev.javelin.Device], [dev.javelin.Devices], [dev.javelin.Scope] and the switches of
/// [dev.javelin.Javelin].
///
/// In: calls shaped like PyTorch's. Out: each becomes an op of the table, run by the engine on the tensor's device. Layers are in
/// `dev.javelin.nn`, optimisers in `dev.javelin.optim`, data sets in `dev.javelin.data`.
package dev.javelin;
