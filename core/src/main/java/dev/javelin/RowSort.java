package dev.javelin;

import java.util.Arrays;

/// The order of long rows, found on the host by a radix sort, which is stable and takes time in proportion to the length.
///
/// An element becomes a key of 64 bits whose unsigned order is that of the elements; then the keys are dealt out by 11 bits at a time, from
/// the lowest. Bits that are the same in all keys of a row, as most are in short dtypes, cost one look.
final class RowSort {
  private static final int DIGIT = 11;
  private static final int BUCKETS = 1 << DIGIT;

  private long[] keys;
  private int[] places;
  private long[] otherKeys;
  private int[] otherPlaces;

  private RowSort(int length) {
    keys = new long[length];
    places = new int[length];
    otherKeys = new long[length];
    otherPlaces = new int[length];
  }

  /// Where the elements of sorted rows come from.
  ///
  /// @param rows `[rows, n]` on any device; waited for and copied to the host
  /// @param descending whether the largest comes first; NaN is larger than everything else
  /// @return int64, `[rows, n]`, on the tensor's device
  static Tensor order(Tensor rows, boolean descending) {
    int length = Math.toIntExact(rows.size(1));
    long[] all = keys(rows, descending);
    RowSort sort = new RowSort(length);
    for (int row = 0; row < rows.size(0); row++) {
      System.arraycopy(all, row * length, sort.keys, 0, length);
      sort.sort();
      for (int i = 0; i < length; i++) {
        all[row * length + i] = sort.places[i];
      }
    }
    return Tensor.of(all).reshape(rows.shape()).to(rows.device());
  }

  private static long[] keys(Tensor rows, boolean descending) {
    long flip = descending ? -1 : 0;
    if (!rows.dtype().isFloatingPoint()) {
      long[] keys = rows.toLongArray();
      for (int i = 0; i < keys.length; i++) {
        keys[i] = keys[i] ^ Long.MIN_VALUE ^ flip;
      }
      return keys;
    }
    double[] values = rows.toDoubleArray();
    long[] keys = new long[values.length];
    for (int i = 0; i < keys.length; i++) {
      // Adding 0 makes -0 equal to 0; the one NaN of doubleToLongBits comes behind infinity.
      long bits = Double.doubleToLongBits(values[i] + 0.0);
      keys[i] = (bits ^ (bits >> 63 | Long.MIN_VALUE)) ^ flip;
    }
    return keys;
  }

  private void sort() {
    for (int i = 0; i < places.length; i++) {
      places[i] = i;
    }
    int[] starts = new int[BUCKETS];
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT) {
      Arrays.fill(starts, 0);
      for (long key : keys) {
        starts[digit(key, shift)]++;
      }
      if (starts[digit(keys[0], shift)] == keys.length) {
        continue;
      }
      int sum = 0;
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        int count = starts[bucket];
        starts[bucket] = sum;
        sum += count;
      }
      deal(starts, shift);
    }
  }

  private void deal(int[] starts, int shift) {
    for (int i = 0; i < keys.length; i++) {
      int to = starts[digit(keys[i], shift)]++;
      otherKeys[to] = keys[i];
      otherPlaces[to] = places[i];
    }
    long[] dealtKeys = otherKeys;
    otherKeys = keys;
    keys = dealtKeys;
    int[] dealtPlaces = otherPlaces;
    otherPlaces = places;
    places = dealtPlaces;
  }

  private static int digit(long key, int shift) {
    return (int) (key >>> shift) & BUCKETS - 1;
  }
}
