package dev.javelin.cpu;

import static dev.javelin.cpu.VectorCode.ARGUMENTS;
import static dev.javelin.cpu.VectorCode.COUNT;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.ArrayList;
import java.util.List;

/// Writes the class of a [Loop]: all operations of a [LoopShape] on one vector after the other, with
/// every value between them in a register of the processor.
final class LoopWriter {
  /// Room for two vectors.
  private static final int ROOM = VectorCode.FIRST_FREE;

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
  private final FunctionCopier copier;

  private LoopWriter(LoopShape shape, CodeBuilder code) {
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
    List<String> functions =
        shape.operations().stream().map(LoopShape.Operation::function).toList();
    this.copier = new FunctionCopier(code, functions, ROOM, free);
  }

  private int take(int slots) {
    int first = free;
    free += slots;
    return first;
  }

  /// Writes and loads the class of a loop.
  static Loop write(LoopShape shape) {
    return VectorCode.load(bytes(shape));
  }

  /// The class file of a loop.
  static byte[] bytes(LoopShape shape) {
    return VectorCode.bytes(code -> new LoopWriter(shape, code).body(code));
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
      load(i);
    }
    for (int i = 0; i < shape.operations().size(); i++) {
      LoopShape.Operation operation = shape.operations().get(i);
      List<Integer> operands = new ArrayList<>();
      operation.operands().forEach(x -> operands.add(values[x]));
      copier.inline(operation.function(), operands, values[addresses.length + i]);
    }
    // The memory that is written may be memory that is read, at the same element.
    for (int i = 0; i < targets.length; i++) {
      int value = shape.outputs().get(i);
      code.lload(targets[i]).lload(AT).ladd().lstore(ADDRESS);
      String operation = shape.operations().get(value - addresses.length).function();
      String store = VectorCode.Functions.isTruth(operation) ? "storeTruths" : "store";
      copier.inline(store, List.of(values[value], ADDRESS), -1);
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
          load(i);
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

  private void load(int input) {
    String function = shape.inputs().get(input).truths() ? "loadTruths" : "load";
    copier.inline(function, List.of(ADDRESS), values[input]);
  }
}
