package dev.javelin.cpu;

import dev.javelin.cpu.ConvSpec.Direction;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The forward direction of a [BatchConvolution] and the gradient of its input, which is the same sum the other way
/// round.
final class BatchSums implements Conv {
  /// Channels of a tile: with two vectors of sums for each, two of the input and a weight, what the registers hold.
  private static final int MOST_ROWS = FunctionCopier.REGISTERS == 32 ? 8 : 4;

  private final ConvSpec s;
  private final boolean forward;

  /// Strides in bytes of what is read and of what is written, each `[n, channels, h, w]`.
  private final long[] in;

  private final long[] out;
  private final long inChannels;
  private final List<Taps> rows;
  private final List<Taps.Stretch> columns;

  /// Where each tile of the channels that are written begins, and the end.
  private final int[] tiles;

  private final Loop[] loops;

  /// The channels of the largest tile.
  private final int width;

  /// For each row and stretch the address of the table of its terms, see [TileWriter].
  private final long[][] tables;

  /// Keeps the tables.
  private final Arena arena = Arena.ofAuto();

  BatchSums(ConvSpec s) {
    this.s = s;
    forward = s.direction() == Direction.FORWARD;
    in = BatchConvolution.bytes(forward ? s.xStrides() : s.yStrides());
    out = BatchConvolution.bytes(forward ? s.yStrides() : s.xStrides());
    inChannels = forward ? s.c() : s.o();
    var down = new Taps.Axis(s.h(), s.oh(), s.kh(), s.strideH(), s.padH(), s.dilationH());
    var across = new Taps.Axis(s.w(), s.ow(), s.kw(), s.strideW(), s.padW(), s.dilationW());
    rows = forward ? Taps.forward(down) : Taps.backward(down);
    columns = Taps.stretches(forward ? Taps.forward(across) : Taps.backward(across));
    tiles = BatchConvolution.divide(forward ? s.o() : s.c(), MOST_ROWS);
    loops = new Loop[tiles.length - 1];
    width = (tiles[loops.length] + loops.length - 1) / loops.length;
    for (int tile = 0; tile < loops.length; tile++) {
      int channels = tiles[tile + 1] - tiles[tile];
      loops[tile] = TileWriter.of(new TileWriter.Sums(channels));
    }
    tables = tables();
  }

  /// Rows and stretches with the same elements of the weights share a table.
  private long[][] tables() {
    Map<List<Integer>, Long> known = new HashMap<>();
    long[][] all = new long[rows.size()][columns.size()];
    for (int row = 0; row < all.length; row++) {
      for (int column = 0; column < all[row].length; column++) {
        Taps down = rows.get(row);
        Taps across = columns.get(column).taps();
        all[row][column] =
            known.computeIfAbsent(
                List.of(down.first(), down.count(), across.first(), across.count()),
                _ -> table(down, across));
      }
    }
    return all;
  }

  @Override
  public void run(long x, long w, long bias, long y) {
    long from = forward ? x : y;
    long to = forward ? y : x;
    long blocks = s.n() / BatchConvolution.block();
    long units = blocks * rows.size();
    int parts = (int) Math.min(units, Workers.parts(s.flops(), BatchConvolution.GRAIN));
    Scratch scratch = Scratch.borrow();
    try {
      long weights = scratch.reserve(4L * loops.length * width * terms());
      pack(w, weights);
      Workers.share(
          units,
          parts,
          (first, end) -> {
            for (long unit = first; unit < end; unit++) {
              long images = unit % blocks * BatchConvolution.block() * Float.BYTES;
              row((int) (unit / blocks), from + images, weights, bias, to + images);
            }
          });
    } finally {
      scratch.giveBack();
    }
  }

  /// The terms of a sum.
  private long terms() {
    return inChannels * s.kh() * s.kw();
  }

  /// How far the vectors and the weights of all terms lie from those of the first tap.
  private long table(Taps down, Taps across) {
    long terms = inChannels * down.count() * across.count();
    long table = arena.allocate(Math.max(8, 8 * terms), 64).address();
    long at = table;
    for (long c = 0; c < inChannels; c++) {
      for (int i = 0; i < down.count(); i++) {
        for (int j = 0; j < across.count(); j++) {
          long vector = c * in[1] + down.distance(i) * in[2] + across.distance(j) * in[3];
          long row = down.first() + (long) i * down.step();
          long column = across.first() + (long) j * across.step();
          long weights = ((c * s.kh() + row) * s.kw() + column) * 4 * width;
          Memory.putLong(at, weights << 32 | vector);
          at += 8;
        }
      }
    }
    return table;
  }

  /// Copies the weights to `[tiles, terms, width]`.
  private void pack(long w, long packed) {
    long[] strides = BatchConvolution.bytes(s.wStrides());
    long outStep = strides[forward ? 0 : 1];
    long inStep = strides[forward ? 1 : 0];
    long to = packed;
    for (int tile = 0; tile < loops.length; tile++) {
      int channels = tiles[tile + 1] - tiles[tile];
      for (long c = 0; c < inChannels; c++) {
        for (long i = 0; i < s.kh(); i++) {
          for (long j = 0; j < s.kw(); j++) {
            long from = w + tiles[tile] * outStep + c * inStep + i * strides[2] + j * strides[3];
            for (int channel = 0; channel < channels; channel++) {
              Memory.putFloat(to + 4L * channel, Memory.getFloat(from + channel * outStep));
            }
            to += 4L * width;
          }
        }
      }
    }
  }

  /// One row of some images.
  private void row(int row, long from, long weights, long bias, long to) {
    Taps down = rows.get(row);
    long[] arguments = Frame.current().arguments;
    for (int tile = 0; tile < loops.length; tile++) {
      for (int column = 0; column < columns.size(); column++) {
        Taps.Stretch stretch = columns.get(column);
        Taps across = stretch.taps();
        arguments[0] = from + down.lowest() * in[2] + across.lowest() * in[3];
        arguments[1] = weights + 4L * tile * terms() * width;
        arguments[2] = to + tiles[tile] * out[1] + row * out[2] + stretch.at() * out[3];
        arguments[3] = tables[row][column];
        arguments[4] = inChannels * down.count() * across.count();
        arguments[5] = out[1];
        arguments[6] = stretch.advance() * in[3];
        arguments[7] = out[3];
        arguments[8] = s.bias() ? bias + 4L * tiles[tile] : 0;
        arguments[9] = s.activation() == Activation.RELU ? 1 : 0;
        loops[tile].run(arguments, stretch.count());
      }
    }
  }
}
