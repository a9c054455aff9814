package dev.javelin.kernels.c;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Equal pieces, and the function that runs several of them in one launch.
final class PieceGroup {
  /// Fewer than every device can bind, with room for numbers besides.
  static final int MAX_BUFFERS = 48;

  private final String name;
  private final List<Piece> pieces;
  private final Grid grid;
  private final List<Signature.Slot> slots;
  private final boolean[] shared;

  /// @param pieces at least one
  PieceGroup(String name, List<Piece> pieces, Grid grid) {
    this.name = name;
    this.pieces = pieces;
    this.grid = grid;
    this.slots = pieces.getFirst().signature().slots();
    this.shared = new boolean[slots.size()];
    for (int s = 0; s < shared.length; s++) {
      shared[s] = isShared(s);
    }
  }

  /// Whether all pieces use the same buffer or parameter. Numbers are never shared, for the text must not depend on them.
  private boolean isShared(int slot) {
    Arg arg = slots.get(slot).arg();
    return switch (arg) {
      case Arg.Int _, Arg.Long _ -> false;
      case Arg.Buffer _, Arg.Scratch _, Arg.Fault _, Arg.Param _ ->
          pieces.stream().allMatch(piece -> piece.signature().slots().get(slot).arg().equals(arg));
    };
  }

  /// Adds the function and its launches.
  void write(StringBuilder text, List<Launch> launches) {
    int launchCount = Math.ceilDiv(pieces.size(), most());
    int each = Math.ceilDiv(pieces.size(), launchCount);
    text.append(function(each));
    for (int from = 0; from < pieces.size(); from += each) {
      launches.add(launch(pieces.subList(from, Math.min(pieces.size(), from + each)), each));
    }
  }

  /// How many pieces one launch can bind.
  private int most() {
    int bytes = 0;
    int buffers = 0;
    int eachBytes = 4;
    int eachBuffers = 0;
    for (int s = 0; s < shared.length; s++) {
      int memory = slots.get(s).isMemory() ? 1 : 0;
      bytes += shared[s] ? slots.get(s).bytes() : 0;
      buffers += shared[s] ? memory : 0;
      eachBytes += shared[s] ? 0 : slots.get(s).bytes();
      eachBuffers += shared[s] ? 0 : memory;
    }
    int byBytes = (Signature.MAX_BYTES - bytes) / eachBytes;
    int byBuffers = (MAX_BUFFERS - buffers) / Math.max(1, eachBuffers);
    // A single piece that binds more was cut as far as it can be.
    return Math.max(1, Math.min(byBytes, byBuffers));
  }

  private Code function(int each) {
    Code body = new Code().line("int group = GRP(), groups = GRPS();");
    List<Signature.Slot> parameters = new ArrayList<>();
    if (each == 1) {
      parameters.addAll(slots);
    } else {
      choose(each, parameters, body);
    }
    body.add(pieces.getFirst().signature().pointers());
    body.add(pieces.getFirst().loop());
    return Signature.function(name, grid.groupSize(), parameters, body);
  }

  /// Declares what differs between pieces as variables, and sets them by the range that the group is in. `e0`, `e1` and so on are the ends of
  /// the ranges.
  private void choose(int each, List<Signature.Slot> parameters, Code body) {
    for (int s = 0; s < shared.length; s++) {
      Signature.Slot slot = slots.get(s);
      if (shared[s]) {
        parameters.add(slot);
      } else {
        slot.declarations().forEach(declaration -> body.line(declaration + ";"));
      }
    }
    for (int e = 0; e < each - 1; e++) {
      parameters.add(new Signature.Slot("e" + e, new Arg.Int(0)));
    }
    for (int p = 0; p < each; p++) {
      String condition = "if (group < e" + p + ")";
      if (p == 0) {
        body.open(condition);
      } else {
        body.reopen(p == each - 1 ? "else" : "else " + condition);
      }
      String end = p == each - 1 ? "GRPS()" : "e" + p;
      String begin = p == 0 ? "" : "e" + (p - 1);
      if (p > 0) {
        body.line("group -= " + begin + ";");
      }
      body.line("groups = " + end + (p == 0 ? "" : " - " + begin) + ";");
      for (int s = 0; s < shared.length; s++) {
        if (!shared[s]) {
          Signature.Slot own =
              new Signature.Slot(slots.get(s).name() + "_" + p, slots.get(s).arg());
          parameters.add(own);
          for (int n = 0; n < own.names().size(); n++) {
            body.line(slots.get(s).names().get(n) + " = " + own.names().get(n) + ";");
          }
        }
      }
    }
    body.close();
  }

  /// Binds pieces; the last stands in where there are fewer than the function takes, without groups of its own.
  private Launch launch(List<Piece> some, int each) {
    if (each == 1) {
      Piece piece = some.getFirst();
      return new Launch(
          name, grid.groups(piece.tasks()), grid.groupSize(), piece.signature().args());
    }
    long all = some.stream().mapToLong(Piece::tasks).sum();
    int budget = grid.groups(all);
    List<Arg> args = new ArrayList<>();
    for (int s = 0; s < shared.length; s++) {
      if (shared[s]) {
        args.add(slots.get(s).arg());
      }
    }
    int[] ends = new int[each];
    int end = 0;
    for (int p = 0; p < each; p++) {
      if (p < some.size()) {
        long tasks = some.get(p).tasks();
        long part = Math.round((double) budget * tasks / all);
        end += Math.clamp(part, 1, grid.groups(tasks));
      }
      ends[p] = end;
    }
    IntStream.range(0, each - 1).forEach(p -> args.add(new Arg.Int(ends[p])));
    for (int p = 0; p < each; p++) {
      List<Arg> own = some.get(Math.min(p, some.size() - 1)).signature().args();
      for (int s = 0; s < shared.length; s++) {
        if (!shared[s]) {
          args.add(own.get(s));
        }
      }
    }
    return new Launch(name, end, grid.groupSize(), args);
  }
}
