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
  private final Locals locals = new Locals();

  /// Room for two vectors.
  private final int room = locals.take(2);

  /// The position in bytes, and where it ends.
  private final int position = locals.take(2);

  private final int length = locals.take(2);
  private final int address = locals.take(2);

  private final LoopShape shape;

  /// The local variables of the values.
  private final int[] values;

  /// The local variables of the addresses and masks of the inputs, and of the addresses of outputs.
  private final int[] addresses;

  private final int[] masks;
  private final int[] targets;
  private final FunctionCopier copier;

  private LoopWriter(LoopShape shape, CodeBuilder code) {
    this.shape = shape;
    this.values = locals.take(shape.inputs().size() + shape.operations().size(), 1);
    this.addresses = locals.take(shape.inputs().size(), 2);
    this.masks = locals.take(shape.inputs().size(), 2);
    this.targets = locals.take(shape.outputs().size(), 2);
    List<String> functions =
        shape.operations().stream().map(LoopShape.Operation::function).toList();
    this.copier = new FunctionCopier(code, functions, room, locals.free());
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
    code.lload(position).lload(length).lcmp().ifge(end);
    for (int i = 0; i < addresses.length; i++) {
      switch (shape.inputs().get(i).walk()) {
        case STEPS -> code.lload(addresses[i]).lload(position).ladd().lstore(address);
        case EITHER ->
            code.lload(addresses[i]).lload(position).lload(masks[i]).land().ladd().lstore(address);
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
      code.lload(targets[i]).lload(position).ladd().lstore(address);
      String operation = shape.operations().get(value - addresses.length).function();
      String store = VectorCode.Functions.isTruth(operation) ? "storeTruths" : "store";
      copier.inline(store, List.of(values[value], address), -1);
    }
    code.lload(position).loadConstant(VectorLoops.BYTES).ladd().lstore(position).goto_(next);
    code.labelBinding(end).return_();
  }

  /// Takes the arguments apart and loads what is the same for all.
  private void begin(CodeBuilder code) {
    int argument = 0;
    argument(code, argument++, room);
    for (int i = 0; i < addresses.length; i++) {
      argument(code, argument++, addresses[i]);
      switch (shape.inputs().get(i).walk()) {
        case STAYS -> {
          code.lload(addresses[i]).lstore(address);
          load(i);
        }
        case EITHER -> argument(code, argument++, masks[i]);
        case STEPS -> {}
      }
    }
    for (int target : targets) {
      argument(code, argument++, target);
    }
    code.iload(COUNT).i2l().loadConstant(4L).lmul().lstore(length);
    code.lconst_0().lstore(position);
  }

  private static void argument(CodeBuilder code, int number, int local) {
    code.aload(ARGUMENTS).loadConstant(number).laload().lstore(local);
  }

  private void load(int input) {
    String function = shape.inputs().get(input).truths() ? "loadTruths" : "load";
    copier.inline(function, List.of(address), values[input]);
  }
}
