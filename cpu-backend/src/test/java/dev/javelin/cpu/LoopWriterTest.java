package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.kernels.ScalarOp;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a written loop calls.
class LoopWriterTest {
  /// The functions' own methods are copied with all that they share, so that the JIT has the Vector
  /// API alone to inline, and the budget of a loop counts all of it.
  @ParameterizedTest
  @EnumSource(value = ScalarOp.class)
  void aLoopCallsNoFunction(ScalarOp op) {
    String function = op.name().toLowerCase(Locale.ROOT);
    if (!VectorCode.Functions.has(function)) {
      return;
    }
    List<LoopShape.Input> inputs =
        IntStream.range(0, op.arity())
            .mapToObj(
                i -> new LoopShape.Input(op == ScalarOp.SELECT && i == 0, LoopShape.Walk.STEPS))
            .toList();
    List<Integer> operands = IntStream.range(0, op.arity()).boxed().toList();
    LoopShape shape =
        new LoopShape(
            inputs, List.of(new LoopShape.Operation(function, operands)), List.of(op.arity()));

    List<InvokeInstruction> calls = calls(LoopWriter.bytes(shape));

    String functions = VectorFunctions.class.getName().replace('.', '/');
    assertFalse(
        calls.stream().anyMatch(call -> call.owner().asInternalName().equals(functions)),
        calls::toString);
    int moved = VectorCode.Functions.calls(op.isPredicate() ? "storeTruths" : "store");
    for (LoopShape.Input input : inputs) {
      moved += VectorCode.Functions.calls(input.truths() ? "loadTruths" : "load");
    }
    assertEquals(VectorCode.Functions.calls(function) + moved, calls.size());
  }

  private static List<InvokeInstruction> calls(byte[] loop) {
    MethodModel run =
        ClassFile.of().parse(loop).methods().stream()
            .filter(method -> method.methodName().equalsString("run"))
            .findFirst()
            .orElseThrow();
    return run.code()
        .orElseThrow()
        .elementStream()
        .filter(InvokeInstruction.class::isInstance)
        .map(InvokeInstruction.class::cast)
        .toList();
  }
}
