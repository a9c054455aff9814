package dev.javelin.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.ScalarOp;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// Makes classes of [Loop]s, and copies the [VectorFunctions] into them.
///
/// The bodies of the functions are copied from their class file, with their local variables renumbered,
/// and those of the functions that they call in place of the calls. So an operation is written once, in
/// Java, and no call is left for the JIT to inline or not.
final class VectorCode {
  private static final ClassDesc NAME = ClassDesc.of(Loop.class.getPackageName(), "WrittenLoop");
  private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_long.arrayType(), CD_int);

  /// The local variables of [Loop#run].
  static final int ARGUMENTS = 1;

  static final int COUNT = 2;
  static final int FIRST_FREE = 3;

  private VectorCode() {}

  /// Loads the class of a loop and makes one.
  static Loop load(byte[] bytes) {
    try {
      return (Loop)
          MethodHandles.lookup()
              .defineHiddenClass(bytes, true)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot load a written loop", e);
    }
  }

  /// The class file of a loop.
  static byte[] bytes(Consumer<CodeBuilder> body) {
    return ClassFile.of()
        .build(
            NAME,
            loop ->
                loop.withFlags(ClassFile.ACC_FINAL)
                    .withInterfaceSymbols(ClassDesc.of(Loop.class.getName()))
                    .withMethodBody(
                        INIT_NAME,
                        MTD_void,
                        0,
                        code ->
                            code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_())
                    .withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, body));
  }

  /// Copies the body of a function.
  ///
  /// @param operands the local variables of its arguments, except for the room that it may want
  /// @param room the local variable with the address of room for two vectors
  /// @param free the first local variable that is free
  /// @param result the local variable that takes what it gives; -1 if that is nothing
  static void inline(
      CodeBuilder code, String function, List<Integer> operands, int room, int free, int result) {
    MethodModel method = Functions.ALL.get(function);
    Map<Integer, Integer> locals = new HashMap<>();
    int slot = 0;
    for (int i = 0; i < method.methodTypeSymbol().parameterCount(); i++) {
      locals.put(slot, i < operands.size() ? operands.get(i) : room);
      slot += slots(method, i);
    }
    int parameters = slot;
    copy(code, method, free, local -> local < parameters ? locals.get(local) : free + local);
    if (result >= 0) {
      code.astore(result);
    }
  }

  /// Copies the body of a function that another one calls: takes its arguments from the stack.
  ///
  /// @param first the first local variable that the callers do not use
  private static void inline(CodeBuilder code, MethodModel method, int first) {
    int slot = parameters(method);
    for (int i = method.methodTypeSymbol().parameterCount() - 1; i >= 0; i--) {
      slot -= slots(method, i);
      code.storeLocal(TypeKind.from(method.methodTypeSymbol().parameterType(i)), first + slot);
    }
    copy(code, method, first, local -> first + local);
  }

  /// Copies a body and those of the functions that it calls. What it gives is left on the stack.
  ///
  /// @param first where its local variables begin
  /// @param locals what its local variables become
  private static void copy(
      CodeBuilder code, MethodModel method, int first, IntUnaryOperator locals) {
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
        case ReturnInstruction _ -> code.goto_(end);
        case BranchInstruction branch ->
            code.branch(
                branch.opcode(), labels.computeIfAbsent(branch.target(), _ -> code.newLabel()));
        case LabelTarget target ->
            code.labelBinding(labels.computeIfAbsent(target.label(), _ -> code.newLabel()));
        case InvokeInstruction call when Functions.isOwn(call) ->
            inline(code, Functions.called(call), first + body.maxLocals());
        default -> code.with(element);
      }
    }
    code.labelBinding(end);
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

  /// The class file of the functions, read when the first loop is written.
  static final class Functions {
    private static final ClassDesc OWNER = ClassDesc.of(VectorFunctions.class.getName());
    private static final Map<String, MethodModel> ALL = read();

    private Functions() {}

    /// The name of the function that computes a value of a program; empty if there is none.
    ///
    /// @param isTruth whether another value is the truths that a function gave
    static String of(List<Instr> code, int value, IntPredicate isTruth) {
      return switch (code.get(value)) {
        case Instr.Apply apply when apply.op() == ScalarOp.SELECT ->
            apply.type() == DType.FLOAT32 && code.get(apply.x()).type() == DType.INT32
                ? "select"
                : "";
        case Instr.Apply apply when code.get(apply.x()).type() == DType.FLOAT32 ->
            apply.op().name().toLowerCase(Locale.ROOT);
        case Instr.Cast cast when cast.target() == DType.FLOAT32 && isTruth.test(cast.x()) ->
            "number";
        case Instr.Apply _, Instr.Cast _ -> "";
        case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ -> "";
      };
    }

    /// Whether there is a function of that name.
    static boolean has(String function) {
      return ALL.containsKey(function);
    }

    /// How many calls the JIT will have to inline.
    static int calls(String function) {
      return calls(ALL.get(function));
    }

    private static int calls(MethodModel method) {
      int calls = 0;
      for (CodeElement element : method.code().orElseThrow()) {
        if (element instanceof InvokeInstruction call) {
          calls += isOwn(call) ? calls(called(call)) : 1;
        }
      }
      return calls;
    }

    /// Whether a call is one of a function, which is to be copied.
    private static boolean isOwn(InvokeInstruction call) {
      return call.owner().asSymbol().equals(OWNER);
    }

    private static MethodModel called(InvokeInstruction call) {
      return ALL.get(call.name().stringValue());
    }

    /// Whether a function gives truths.
    static boolean isTruth(String function) {
      return ALL.get(function).methodTypeSymbol().returnType().displayName().equals("VectorMask");
    }

    private static Map<String, MethodModel> read() {
      Map<String, MethodModel> methods = new HashMap<>();
      String name = VectorFunctions.class.getSimpleName() + ".class";
      try (InputStream in = VectorFunctions.class.getResourceAsStream(name)) {
        for (MethodModel method : ClassFile.of().parse(in.readAllBytes()).methods()) {
          methods.put(method.methodName().stringValue(), method);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return methods;
    }
  }
}
