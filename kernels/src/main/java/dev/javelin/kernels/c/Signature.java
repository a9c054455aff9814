package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// The parameters of a function that is being written, and what is bound to them. Those that are not given a name are named in the order
/// of first use, so equal computations on different buffers are equal texts.
final class Signature {
  /// What a device must accept: CL_DEVICE_MAX_PARAMETER_SIZE is at least this.
  static final int MAX_BYTES = 1024;

  /// Loops step beyond the end by at most the size of a grid.
  private static final long INT_LIMIT = Integer.MAX_VALUE - (1L << 26);

  /// A parameter: memory is `m_` and `o_` with the name behind, anything else the name alone.
  record Slot(String name, Arg arg) {
    boolean isMemory() {
      return switch (arg) {
        case Arg.Buffer _, Arg.Scratch _, Arg.Fault _ -> true;
        case Arg.Int _, Arg.Long _, Arg.Param _ -> false;
      };
    }

    /// The size of the argument.
    int bytes() {
      return switch (arg) {
        case Arg.Buffer _, Arg.Scratch _, Arg.Fault _ -> 16;
        case Arg.Int _ -> 4;
        case Arg.Long _ -> 8;
        case Arg.Param(int _, DType type) -> type.bytes();
      };
    }

    /// The names in C: two for memory.
    List<String> names() {
      return isMemory() ? List.of("m_" + name, "o_" + name) : List.of(name);
    }

    /// The C declarations of the parameter, or of a variable that stands for it.
    List<String> declarations() {
      return switch (arg) {
        case Arg.Buffer _, Arg.Scratch _, Arg.Fault _ ->
            List.of("GLOBAL u8 *m_" + name, "i64 o_" + name);
        case Arg.Int _ -> List.of("int " + name);
        case Arg.Long _ -> List.of("i64 " + name);
        case Arg.Param(int _, DType type) -> List.of(CType.register(type) + " " + name);
      };
    }
  }

  private final boolean wide;
  private final IntFunction<Arg> memory;
  private final List<Slot> slots = new ArrayList<>();
  private final List<String> pointers = new ArrayList<>();
  private final Map<Integer, String> buffers = new HashMap<>();
  private final Map<Instr.Param, String> params = new HashMap<>();
  private int numbers;
  private int scratches;
  private boolean faults;

  /// @param wide whether positions and counts are i64, else int
  Signature(boolean wide) {
    this(wide, Arg.Buffer::new);
  }

  /// @param wide whether positions and counts are i64, else int
  /// @param memory what is bound to each of the buffers
  Signature(boolean wide, IntFunction<Arg> memory) {
    this.wide = wide;
    this.memory = memory;
  }

  /// Whether positions and counts need 64 bits.
  ///
  /// @param most the largest of them
  static boolean isWide(double most) {
    return most > INT_LIMIT;
  }

  /// Memory.
  ///
  /// @param name the name of the pointer to its first element
  /// @param element the C type of its elements
  /// @param memory which memory
  void memory(String name, String element, Arg memory) {
    slots.add(new Slot(name, memory));
    String type = "GLOBAL " + element + " *";
    pointers.add(type + name + " = (" + type + ")(m_" + name + " + o_" + name + ");");
  }

  /// One of the kernel's buffers.
  ///
  /// @param number which
  /// @param element the C type of its elements
  /// @return the name of a pointer to them
  String buffer(int number, String element) {
    return buffers.computeIfAbsent(
        number, key -> pointer("b" + buffers.size(), element, memory.apply(key)));
  }

  /// Memory of the launches of one kernel.
  ///
  /// @param offset where it begins
  /// @param element the C type of its elements
  /// @return the name of a pointer to them
  String scratch(long offset, String element) {
    return pointer("t" + scratches++, element, new Arg.Scratch(offset));
  }

  /// The device's fault record.
  ///
  /// @return the name of a pointer to its words
  String fault() {
    if (!faults) {
      faults = true;
      memory("fault", "i64", new Arg.Fault());
    }
    return "fault";
  }

  private String pointer(String name, String element, Arg arg) {
    memory(name, element, arg);
    return name;
  }

  /// A size, stride or offset.
  ///
  /// @param value its value, which the text does not depend on
  /// @return its name
  String number(long value) {
    return number("n" + numbers++, value);
  }

  /// A number that the text itself says, so that compilers turn divisions by it into something faster.
  ///
  /// @param name its name
  /// @param value its value
  void constant(String name, long value) {
    pointers.add("const idx " + name + " = " + value + ";");
  }

  /// A size, stride or offset.
  ///
  /// @param name its name
  /// @param value its value
  /// @return its name
  String number(String name, long value) {
    slots.add(new Slot(name, wide ? new Arg.Long(value) : new Arg.Int(Math.toIntExact(value))));
    return name;
  }

  /// A number of 64 bits.
  ///
  /// @param name its name
  /// @param value its value
  /// @return its name
  String whole(String name, long value) {
    slots.add(new Slot(name, new Arg.Long(value)));
    return name;
  }

  /// A parameter of the launch.
  ///
  /// @param param which
  /// @return its name
  String param(Instr.Param param) {
    return params.computeIfAbsent(
        param,
        key -> {
          String name = "p" + params.size();
          slots.add(new Slot(name, new Arg.Param(key.index(), key.type())));
          return name;
        });
  }

  /// The parameters so far.
  List<Slot> slots() {
    return slots;
  }

  /// What to bind to the parameters.
  List<Arg> args() {
    return slots.stream().map(Slot::arg).toList();
  }

  /// How many bytes the arguments take.
  int bytes() {
    return slots.stream().mapToInt(Slot::bytes).sum();
  }

  /// The C declarations of the parameters, without parentheses.
  String declarations() {
    return declarations(slots);
  }

  /// The C declarations of parameters.
  static String declarations(List<Slot> slots) {
    return String.join(", ", slots.stream().flatMap(slot -> slot.declarations().stream()).toList());
  }

  /// Declares the pointers to the elements, and the constants.
  Code pointers() {
    Code code = new Code();
    pointers.forEach(code::line);
    return code;
  }

  /// Writes a function.
  ///
  /// @param name its name
  /// @param groupSize the number of work-items in a group
  /// @param slots its parameters
  /// @param body what follows them
  static Code function(String name, int groupSize, List<Slot> slots, Code body) {
    return new Code()
        .open("KERNEL(" + groupSize + ") " + name + "(" + declarations(slots) + ")")
        .add(body)
        .close();
  }

  /// What a text begins with: the type of positions and counts, and the unsigned one for dividing them.
  static String header(boolean wide) {
    return wide ? "typedef i64 idx;\ntypedef u64 uidx;\n" : "typedef int idx;\ntypedef u32 uidx;\n";
  }

  /// What a text begins with whose functions have these parameters.
  String header() {
    return header(wide);
  }
}
