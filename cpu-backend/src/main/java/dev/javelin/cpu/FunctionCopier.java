package dev.javelin.cpu;

import java.lang.classfile.Attributes;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// Copies [VectorFunctions] into the class of a loop.
///
/// The bodies of the functions are copied from their class file, with their local variables renumbered,
/// and those of the functions that they call in place of the calls. So an operation is written once, in
/// Java, and no call is left for the JIT to inline or not.
///
/// Where a function has a slow path, coefficients are loaded into local variables before the
/// loop: once the slow path has been taken, the JIT sees a call in the loop that might change any
/// array, those of the vectors in static fields too, and would load them again for every vector,
/// which is two to three times as slow.
final class FunctionCopier {
  /// The registers of the processor for vectors: 32 with AVX-512, else 16.
  static final int REGISTERS = VectorLoops.BYTES == 64 ? 32 : 16;

  /// The most coefficients that are held; the others are for values.
  static final int MOST_HELD = REGISTERS / 2;

  private final CodeBuilder code;
  private final int room;

  /// The local variables of the coefficients that are held.
  private final Map<String, Integer> held = new HashMap<>();

  /// The first local variable that is free.
  private final int free;

  /// A copier, which loads the coefficients: made where the code of the loop begins.
  ///
  /// @param functions what will be copied; others may be, too, if they have no coefficients
  /// @param room the local variable with the address of room for two vectors
  /// @param free from this local variable on they are all free
  FunctionCopier(CodeBuilder code, Collection<String> functions, int room, int free) {
    this.code = code;
    this.room = room;
    this.free = free + hold(functions, free);
  }

  private int hold(Collection<String> functions, int first) {
    if (functions.stream().noneMatch(VectorCode.Functions::hasSlowPath)) {
      return 0;
    }
    functions.stream()
        .flatMap(function -> VectorCode.Functions.coefficients(function).stream())
        .distinct()
        .limit(MOST_HELD)
        .forEach(name -> held.put(name, first + held.size()));
    held.forEach(
        (name, local) -> {
          code.getstatic(VectorCode.Functions.OWNER, name, VectorCode.VECTOR);
          code.astore(local);
          inline(VectorCode.Functions.get("computed"), List.of(local), first + held.size(), local);
        });
    return held.size();
  }

  /// Copies the body of a function.
  ///
  /// @param operands the local variables of its arguments, except for the room that it may want
  /// @param result the local variable that takes what it gives; -1 if that is nothing
  void inline(String function, List<Integer> operands, int result) {
    inline(VectorCode.Functions.get(function), operands, free, result);
  }

  private void inline(MethodModel method, List<Integer> operands, int first, int result) {
    Map<Integer, Integer> locals = new HashMap<>();
    int slot = 0;
    for (int i = 0; i < method.methodTypeSymbol().parameterCount(); i++) {
      locals.put(slot, i < operands.size() ? operands.get(i) : room);
      slot += slots(method, i);
    }
    int parameters = slot;
    copy(method, first, local -> local < parameters ? locals.get(local) : first + local);
    if (result >= 0) {
      code.astore(result);
    }
  }

  /// Copies the body of a function that another one calls: takes its arguments from the stack.
  ///
  /// @param first the first local variable that the callers do not use
  private void inline(MethodModel method, int first) {
    int slot = parameters(method);
    for (int i = method.methodTypeSymbol().parameterCount() - 1; i >= 0; i--) {
      slot -= slots(method, i);
      code.storeLocal(TypeKind.from(method.methodTypeSymbol().parameterType(i)), first + slot);
    }
    copy(method, first, local -> first + local);
  }

  /// Copies a body and those of the functions that it calls. What it gives is left on the stack.
  ///
  /// @param first where its local variables begin
  /// @param locals what its local variables become
  private void copy(MethodModel method, int first, IntUnaryOperator locals) {
    CodeAttribute body = method.findAttribute(Attributes.code()).orElseThrow();
    List<CodeElement> elements =
        body.elementList().stream()
            .filter(each -> each instanceof LabelTarget || !(each instanceof PseudoInstruction))
            .toList();
    int parameters = parameters(method);
    Map<Label, Label> labels = new HashMap<>();
    Label end = code.newLabel();
    for (CodeElement element : elements) {
      switch (element) {
        case LoadInstruction load ->
            code.loadLocal(load.typeKind(), locals.applyAsInt(load.slot()));
        case StoreInstruction store -> {
          if (store.slot() < parameters) {
            throw new IllegalStateException(
                method.methodName().stringValue() + " assigns to a parameter");
          }
          code.storeLocal(store.typeKind(), locals.applyAsInt(store.slot()));
        }
        case FieldInstruction field when isHeld(field) ->
            code.aload(held.get(field.name().stringValue()));
        case ReturnInstruction _ -> code.goto_(end);
        case BranchInstruction branch ->
            code.branch(
                branch.opcode(), labels.computeIfAbsent(branch.target(), _ -> code.newLabel()));
        case LabelTarget target ->
            code.labelBinding(labels.computeIfAbsent(target.label(), _ -> code.newLabel()));
        case InvokeInstruction call when VectorCode.Functions.isOwn(call) ->
            inline(VectorCode.Functions.called(call), first + body.maxLocals());
        default -> code.with(element);
      }
    }
    code.labelBinding(end);
  }

  private boolean isHeld(FieldInstruction field) {
    return VectorCode.Functions.isCoefficient(field)
        && held.containsKey(field.name().stringValue());
  }

  /// How many local variables the parameters of a function take.
  private static int parameters(MethodModel method) {
    return IntStream.range(0, method.methodTypeSymbol().parameterCount())
        .map(i -> slots(method, i))
        .sum();
  }

  private static int slots(MethodModel method, int parameter) {
    return TypeKind.from(method.methodTypeSymbol().parameterType(parameter)).slotSize();
  }
}
