/// The test kit of Javelin: what every device must do, as abstract JUnit classes that a backend's tests extend.
///
/// In: a device. Out: tests. [dev.javelin.conformance.OpSamples] lists every op with a reference in plain Java
/// ([dev.javelin.conformance.Nd]); the suites (`...Conformance`) run the table and check what no table can say: autograd, memory,
/// fusion, errors. [dev.javelin.conformance.InterpreterBackend] is the device `reference`, which runs every kernel one element at a
/// time in double precision, so that the engine can be tested without any real backend. Start at
/// [dev.javelin.conformance.OpConformance].
package dev.javelin.conformance;
