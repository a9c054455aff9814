package dev.javelin.cpu;

import java.util.ArrayList;
import java.util.List;

/// Which elements of the weights belong to a place, along one axis, and where what they multiply lies: all at equal
/// distances.
///
/// @param first the first element of the weights
/// @param count how many there are
/// @param step from one to the next, above 0
/// @param source the place in the other array that belongs to the first
/// @param sourceStep from that to the next
record Taps(int first, int count, int step, int source, int sourceStep) {
  /// Places side by side with the same elements of the weights.
  ///
  /// @param at the first place
  /// @param count how many
  /// @param taps those of the first place
  /// @param advance from what belongs to a place to what belongs to the next
  record Stretch(int at, int count, Taps taps, int advance) {}

  /// The lowest place that belongs to one of the elements.
  long lowest() {
    return Math.min(source, source + (count - 1L) * sourceStep);
  }

  /// How far above [#lowest] lies what belongs to an element.
  ///
  /// @param number that of the element among these, from 0
  long distance(int number) {
    return source + (long) number * sourceStep - lowest();
  }

  /// One axis of a convolution.
  ///
  /// @param x places of x
  /// @param y places of y
  /// @param kernel elements of the weights
  record Axis(long x, long y, long kernel, long stride, long pad, long dilation) {}

  /// For each place of y the elements of x that are summed.
  static List<Taps> forward(Axis axis) {
    List<Taps> all = new ArrayList<>();
    for (long place = 0; place < axis.y; place++) {
      List<int[]> pairs = new ArrayList<>();
      for (int k = 0; k < axis.kernel; k++) {
        long source = place * axis.stride - axis.pad + k * axis.dilation;
        if (source >= 0 && source < axis.x) {
          pairs.add(new int[] {k, (int) source});
        }
      }
      all.add(of(pairs));
    }
    return all;
  }

  /// For each place of x the elements of y that it contributed to.
  static List<Taps> backward(Axis axis) {
    List<Taps> all = new ArrayList<>();
    for (long place = 0; place < axis.x; place++) {
      List<int[]> pairs = new ArrayList<>();
      for (int k = 0; k < axis.kernel; k++) {
        long scaled = place + axis.pad - k * axis.dilation;
        long source = scaled / axis.stride;
        if (scaled >= 0 && scaled % axis.stride == 0 && source < axis.y) {
          pairs.add(new int[] {k, (int) source});
        }
      }
      all.add(of(pairs));
    }
    return all;
  }

  private static Taps of(List<int[]> pairs) {
    if (pairs.isEmpty()) {
      return new Taps(0, 0, 1, 0, 0);
    }
    int[] first = pairs.getFirst();
    int[] next = pairs.size() > 1 ? pairs.get(1) : new int[] {first[0] + 1, first[1]};
    return new Taps(first[0], pairs.size(), next[0] - first[0], first[1], next[1] - first[1]);
  }

  /// Puts places together.
  static List<Stretch> stretches(List<Taps> places) {
    List<Stretch> stretches = new ArrayList<>();
    int at = 0;
    while (at < places.size()) {
      Taps taps = places.get(at);
      int count = 1;
      int advance = 0;
      while (at + count < places.size()) {
        Taps next = places.get(at + count);
        int step = next.source - places.get(at + count - 1).source;
        boolean same =
            next.first == taps.first
                && next.count == taps.count
                && next.step == taps.step
                && next.sourceStep == taps.sourceStep
                && (count == 1 || step == advance);
        if (!same) {
          break;
        }
        advance = step;
        count++;
      }
      stretches.add(new Stretch(at, count, taps, advance));
      at += count;
    }
    return stretches;
  }
}
