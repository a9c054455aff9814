package dev.javelin.cpu;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// Writes the class of a [Loop]: all operations of a [LoopShape] on one vector after the other, with
/// every value between them in a register of the processor.
///
/// The bodies of the [VectorFunctions] are copied from their class file, with their local variables
/// renumbered, and those of the functions that they call in place of the calls. So an operation is
/// written once, in Java, and no call is left for the JIT to inline or not.
final class LoopWriter {
  private static final ClassDesc NAME = ClassDesc.of(Loop.class.getPackageName(), "WrittenLoop");
  private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_long.arrayType(), CD_int);

  private static final int ARGUMENTS = 1;
  private static final int COUNT = 2;

  /// Room for two vectors.
  private static final int ROOM = 3;

  /// The position in bytes, and where it ends.
  private static final int AT = 5;

  private static final int END = 7;
  private static final int ADDRESS = 9;
  private static final int FIRST_FREE = 11;

  private final LoopShape shape;

  /// The local variables of the values.
  private final int[] values;

  /// The local variables of the addresses and masks of the inputs, and of the addresses of outputs.
  private final int[] addresses;

  private final int[] masks;
  private final int[] targets;
  private int free = FIRST_FREE;

  private LoopWriter(LoopShape shape) {
    this.shape = shape;
    this.values = new int[shape.inputs().size() + shape.operations().size()];
    for (int v = 0; v < values.length; v++) {
      values[v] = take(1);
    }
    this.addresses = new int[shape.inputs().size()];
    this.masks = new int[shape.inputs().size()];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = take(2);
      masks[i] = take(2);
    }
    this.targets = new int[shape.outputs().size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = take(2);
    }
  }

  private int take(int slots) {
    int first = free;
    free += slots;
    return first;
  }

  /// Writes and loads the class of a loop.
  static Loop write(LoopShape shape) {
    byte[] bytes = bytes(shape);
    try {
      return (Loop)
          MethodHandles.lookup()
              .defineHiddenClass(bytes, true)
              .lookupClass()
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot load the loop of " + shape, e);
    }
  }

  /// The class file of a loop.
  static byte[] bytes(LoopShape shape) {
    LoopWriter writer = new LoopWriter(shape);
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
                    .withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, writer::body));
  }

  private void body(CodeBuilder code) {
    begin(code);
    Label next = code.newBoundLabel();
    Label end = code.newLabel();
    code.lload(AT).lload(END).lcmp().ifge(end);
    for (int i = 0; i < addresses.length; i++) {
      switch (shape.inputs().get(i).walk()) {
        case STEPS -> code.lload(addresses[i]).lload(AT).ladd().lstore(ADDRESS);
        case EITHER ->
            code.lload(addresses[i]).lload(AT).lload(masks[i]).land().ladd().lstore(ADDRESS);
        case STAYS -> {
          continue;
        }
      }
      load(code, i);
    }
    for (int i = 0; i < shape.operations().size(); i++) {
      LoopShape.Operation operation = shape.operations().get(i);
      List<Integer> operands = new ArrayList<>();
      operation.operands().forEach(x -> operands.add(values[x]));
      inline(code, operation.function(), operands, values[addresses.length + i]);
    }
    // The memory that is written may be memory that is read, at the same element.
    for (int i = 0; i < targets.length; i++) {
      int value = shape.outputs().get(i);
      code.lload(targets[i]).lload(AT).ladd().lstore(ADDRESS);
      String operation = shape.operations().get(value - addresses.length).function();
      String store = Functions.isTruth(operation) ? "storeTruths" : "store";
      inline(code, store, List.of(values[value], ADDRESS), -1);
    }
    code.lload(AT).loadConstant(VectorLoops.BYTES).ladd().lstore(AT).goto_(next);
    code.labelBinding(end).return_();
  }

  /// Takes the arguments apart and loads what is the same for all.
  private void begin(CodeBuilder code) {
    int argument = 0;
    argument(code, argument++, ROOM);
    for (int i = 0; i < addresses.length; i++) {
      argument(code, argument++, addresses[i]);
      switch (shape.inputs().get(i).walk()) {
        case STAYS -> {
          code.lload(addresses[i]).lstore(ADDRESS);
          load(code, i);
        }
        case EITHER -> argument(code, argument++, masks[i]);
        case STEPS -> {}
      }
    }
    for (int target : targets) {
      argument(code, argument++, target);
    }
    code.iload(COUNT).i2l().loadConstant(4L).lmul().lstore(END);
    code.lconst_0().lstore(AT);
  }

  private static void argument(CodeBuilder code, int number, int local) {
    code.aload(ARGUMENTS).loadConstant(number).laload().lstore(local);
  }

  private void load(CodeBuilder code, int input) {
    String function = shape.inputs().get(input).truths() ? "loadTruths" : "load";
    inline(code, function, List.of(ADDRESS), values[input]);
  }

  /// Copies the body of a function.
  ///
  /// @param operands the local variables of its arguments, except for the room that it may want
  /// @param result the local variable that takes what it gives; -1 if that is nothing
  private void inline(CodeBuilder code, String function, List<Integer> operands, int result) {
    MethodModel method = Functions.ALL.get(function);
    Map<Integer, Integer> locals = new HashMap<>();
    int slot = 0;
    for (int i = 0; i < method.methodTypeSymbol().parameterCount(); i++) {
      locals.put(slot, i < operands.size() ? operands.get(i) : ROOM);
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
