package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.ScalarOp;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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
    int held =
        Math.min(coefficients(function).size(), FunctionCopier.MOST_HELD)
            * VectorCode.Functions.calls("computed");
    assertEquals(VectorCode.Functions.calls(function) + moved + held, calls.size());
  }

  /// Beside a call they would be loaded again for every vector.
  @Test
  void coefficientsAreLoadedBeforeALoopWithASlowPath() {
    LoopShape shape =
        new LoopShape(
            List.of(new LoopShape.Input(false, LoopShape.Walk.STEPS)),
            List.of(
                new LoopShape.Operation("exp", List.of(0)),
                new LoopShape.Operation("erf", List.of(1))),
            List.of(2));

    List<CodeElement> code = elements(LoopWriter.bytes(shape));

    Set<String> read = new TreeSet<>();
    int loads = 0;
    for (CodeElement element : code.subList(0, firstBranch(code))) {
      if (element instanceof FieldInstruction field) {
        read.add(field.name().stringValue());
        loads++;
      }
    }
    Set<String> all = new TreeSet<>(coefficients("exp"));
    all.addAll(VectorCode.Functions.coefficients("erf"));
    assertEquals(FunctionCopier.MOST_HELD, read.size());
    assertEquals(read.size(), loads);
    assertTrue(all.containsAll(read));
    Set<String> readInside = new TreeSet<>();
    for (CodeElement element : code.subList(firstBranch(code), code.size())) {
      if (element instanceof FieldInstruction field && VectorCode.Functions.isCoefficient(field)) {
        readInside.add(field.name().stringValue());
      }
    }
    all.removeAll(read);
    assertEquals(all, readInside);
  }

  /// Where the loop is left for the first time: what comes before it runs once.
  private static int firstBranch(List<CodeElement> code) {
    return IntStream.range(0, code.size())
        .filter(
            i -> code.get(i) instanceof BranchInstruction branch && branch.opcode() != Opcode.GOTO)
        .findFirst()
        .orElseThrow();
  }

  /// The coefficients that a loop of one function holds.
  private static Set<String> coefficients(String function) {
    return VectorCode.Functions.hasSlowPath(function)
        ? VectorCode.Functions.coefficients(function)
        : Set.of();
  }

  private static List<InvokeInstruction> calls(byte[] loop) {
    return elements(loop).stream()
        .filter(InvokeInstruction.class::isInstance)
        .map(InvokeInstruction.class::cast)
        .toList();
  }

  private static List<CodeElement> elements(byte[] loop) {
    MethodModel run =
        ClassFile.of().parse(loop).methods().stream()
            .filter(method -> method.methodName().equalsString("run"))
            .findFirst()
            .orElseThrow();
    return run.code().orElseThrow().elementList();
  }
}
