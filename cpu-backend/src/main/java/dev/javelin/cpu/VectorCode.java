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
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.DebugElementsOption;
import java.lang.classfile.ClassFile.LineNumbersOption;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import jdk.incubator.vector.FloatVector;

/// Makes classes of [Loop]s, and knows the [VectorFunctions] that [FunctionCopier] copies into them.
final class VectorCode {
  private static final ClassDesc NAME = ClassDesc.of(Loop.class.getPackageName(), "WrittenLoop");

  /// The type of a coefficient.
  static final ClassDesc VECTOR = ClassDesc.of(FloatVector.class.getName());

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

  /// The class file of the functions, read when the first loop is written.
  static final class Functions {
    /// Where the functions and their coefficients are.
    static final ClassDesc OWNER = ClassDesc.of(VectorFunctions.class.getName());

    private static final ClassDesc REPAIRS = ClassDesc.of(VectorRepairs.class.getName());
    private static final Map<String, MethodModel> ALL = read();
    private static final Map<String, Integer> CALLS = new ConcurrentHashMap<>();

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
      return CALLS.computeIfAbsent(function, name -> calls(get(name)));
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

    /// The coefficients of a function: the names of the static fields that it reads.
    static Set<String> coefficients(String function) {
      Set<String> names = new TreeSet<>();
      for (CodeElement element : get(function).code().orElseThrow()) {
        if (element instanceof FieldInstruction field && isCoefficient(field)) {
          names.add(field.name().stringValue());
        } else if (element instanceof InvokeInstruction call && isOwn(call)) {
          names.addAll(coefficients(call.name().stringValue()));
        }
      }
      return names;
    }

    static boolean isCoefficient(FieldInstruction field) {
      return field.owner().asSymbol().equals(OWNER) && field.typeSymbol().equals(VECTOR);
    }

    /// Whether a function has a slow path, which calls something that the JIT does not look into.
    static boolean hasSlowPath(String function) {
      for (CodeElement element : get(function).code().orElseThrow()) {
        if (element instanceof InvokeInstruction call
            && (call.owner().asSymbol().equals(REPAIRS)
                || isOwn(call) && hasSlowPath(call.name().stringValue()))) {
          return true;
        }
      }
      return false;
    }

    static MethodModel get(String function) {
      return ALL.get(function);
    }

    /// Whether a call is one of a function, which is to be copied.
    static boolean isOwn(InvokeInstruction call) {
      return call.owner().asSymbol().equals(OWNER);
    }

    static MethodModel called(InvokeInstruction call) {
      return get(call.name().stringValue());
    }

    /// Whether a function gives truths.
    static boolean isTruth(String function) {
      return get(function).methodTypeSymbol().returnType().displayName().equals("VectorMask");
    }

    private static Map<String, MethodModel> read() {
      Map<String, MethodModel> methods = new HashMap<>();
      String name = VectorFunctions.class.getSimpleName() + ".class";
      try (InputStream in = VectorFunctions.class.getResourceAsStream(name)) {
        ClassFile file =
            ClassFile.of(DebugElementsOption.DROP_DEBUG, LineNumbersOption.DROP_LINE_NUMBERS);
        for (MethodModel method : file.parse(in.readAllBytes()).methods()) {
          methods.put(method.methodName().stringValue(), method);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return methods;
    }
  }
}
