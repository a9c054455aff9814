package dev.javelin.kernels.c;

import java.util.List;
import java.util.stream.Stream;

/// How a product is cut up: the tile of one work-group, and how many parts each sum has.
///
/// @param m the tile's rows
/// @param n its columns
/// @param k how much of each sum passes through local memory at a time
/// @param itemM the rows of one work-item
/// @param itemN its columns
record Tile(int m, int n, int k, int itemM, int itemN) {
  private static final Tile LARGE = new Tile(128, 128, 8, 8, 8);
  private static final Tile SMALL = new Tile(64, 64, 16, 4, 4);
  private static final Tile FEW_ROWS = new Tile(8, 64, 32, 1, 2);
  private static final Tile FEW_COLUMNS = new Tile(64, 8, 32, 2, 1);

  /// What parts of sums are a multiple of: the `k` of every tile is a divisor.
  static final int PART = 32;

  /// The most memory for the parts of sums.
  private static final long MAX_PARTS_BYTES = 64L << 20;

  /// The tile for a device with local memory: few rows or columns need a narrow one; the large one reads less but must fill the device
  /// twice over; else the small one.
  static Tile of(long groups, long m, long n, int units) {
    if (m <= 8) {
      return FEW_ROWS;
    }
    if (n <= 8) {
      return FEW_COLUMNS;
    }
    return groups * LARGE.tiles(m, n) >= 2L * units ? LARGE : SMALL;
  }

  /// The tiles that may do better, the given one first. Each adds the terms of a sum in the same order.
  List<Tile> candidates() {
    List<Tile> others =
        List.of(LARGE, SMALL, new Tile(128, 64, 16, 8, 4), new Tile(64, 128, 16, 4, 8));
    return others.contains(this)
        ? Stream.concat(Stream.of(this), others.stream().filter(tile -> !tile.equals(this)))
            .toList()
        : List.of(this);
  }

  /// How many tiles cover a product.
  long tiles(long rows, long columns) {
    return Math.ceilDiv(rows, m) * Math.ceilDiv(columns, n);
  }

  /// How many work-items compute a tile.
  int items() {
    return m / itemM * (n / itemN);
  }

  /// How many parts to cut sums into, so that the tiles and parts fill the device.
  ///
  /// @param tiles how many tiles there are
  /// @param most how many parts there can be
  /// @param wanted how many work-groups fill the device
  /// @param bytes the size of all sums
  static long parts(long tiles, long most, long wanted, long bytes) {
    long parts = Math.min(most, Math.ceilDiv(wanted, Math.max(1, tiles)));
    return Math.max(1, Math.min(parts, MAX_PARTS_BYTES / Math.max(1, bytes)));
  }
}
