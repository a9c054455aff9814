package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The parameters of a function that is being written, and what is bound to them. Names follow the order of first use, so equal
/// computations on different buffers are equal texts.
final class Signature {
  /// What a device must accept: CL_DEVICE_MAX_PARAMETER_SIZE is at least this.
  static final int MAX_BYTES = 1024;

  /// A parameter: memory is `m` and `o` with the name behind, anything else the name alone.
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
      return isMemory() ? List.of("m" + name, "o" + name) : List.of(name);
    }

    /// The C declarations of the parameter, or of a variable that stands for it.
    List<String> declarations() {
      return switch (arg) {
        case Arg.Buffer _, Arg.Scratch _, Arg.Fault _ ->
            List.of("GLOBAL u8 *m" + name, "i64 o" + name);
        case Arg.Int _ -> List.of("int " + name);
        case Arg.Long _ -> List.of("i64 " + name);
        case Arg.Param(int _, DType type) -> List.of(CType.register(type) + " " + name);
      };
    }
  }

  private final boolean wide;
  private final List<Slot> slots = new ArrayList<>();
  private final List<String> pointers = new ArrayList<>();
  private final Map<Integer, String> buffers = new HashMap<>();
  private final Map<Instr.Param, String> params = new HashMap<>();
  private String fault;
  private int numbers;

  /// @param wide whether positions and counts are i64, else int
  Signature(boolean wide) {
    this.wide = wide;
  }

  /// One of the kernel's buffers.
  ///
  /// @param number which
  /// @param element the C type of its elements
  /// @return the name of a pointer to them
  String buffer(int number, String element) {
    return buffers.computeIfAbsent(
        number, key -> pointer("b" + buffers.size(), element, new Arg.Buffer(key)));
  }

  /// Memory of the launches of one kernel.
  ///
  /// @param offset where it begins
  /// @param element the C type of its elements
  /// @return the name of a pointer to them
  String scratch(long offset, String element) {
    return pointer("t" + slots.size(), element, new Arg.Scratch(offset));
  }

  /// The device's fault record.
  ///
  /// @return the name of a pointer to its words
  String fault() {
    if (fault == null) {
      fault = pointer("e", "i64", new Arg.Fault());
    }
    return fault;
  }

  private String pointer(String name, String element, Arg arg) {
    slots.add(new Slot(name, arg));
    String type = "GLOBAL " + element + " *";
    pointers.add(type + name + " = (" + type + ")(m" + name + " + o" + name + ");");
    return name;
  }

  /// A size, stride or offset.
  ///
  /// @param value its value, which the text does not depend on
  /// @return its name
  String number(long value) {
    String name = "n" + numbers++;
    slots.add(new Slot(name, wide ? new Arg.Long(value) : new Arg.Int((int) value)));
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

  /// The C declarations of parameters.
  static String declarations(List<Slot> slots) {
    return String.join(", ", slots.stream().flatMap(slot -> slot.declarations().stream()).toList());
  }

  /// Declares the pointers to the elements.
  void pointers(Code code) {
    pointers.forEach(code::line);
  }

  /// What a text begins with: the type of positions and counts, and the unsigned one for dividing them.
  static String header(boolean wide) {
    return wide ? "typedef i64 idx;\ntypedef u64 uidx;\n" : "typedef int idx;\ntypedef u32 uidx;\n";
  }
}
