package dev.javelin.cpu;

import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;

/// A convolution in Java, for all strides and directions: what runs where oneDNN is missing or does not have the case.
///
/// Some rows of the output at a time, the pixels under the weights are gathered into a matrix ("patches"), and the rest
/// is a matrix product ([Gemm]). The gradient of the input is the other way round: a product makes the gradients of the
/// patches, which are added to where they came from.
final class JavaConvolution implements Conv {
  /// Operations worth a thread.
  private static final long GRAIN = 200_000;

  /// The size of the patches at which no further row of the output is added.
  private static final long PATCHES = 512L << 10;

  private static final long FEW_CHANNELS = 8;

  private final ConvSpec s;
  private final DType type;
  private final Gemm gemm;
  private final int bytes;
  private final long groupC;
  private final long groupO;
  private final long oh;
  private final long ow;

  /// Terms of a sum of the forward direction. They are ordered by row and column of the weights, then channel.
  private final long terms;

  /// Rows of the output whose patches exist at a time.
  private final long rows;

  private final long chunks;

  /// Whether the terms of a patch are adjacent, or else the patches of a term.
  private final boolean termsAdjacent;

  private JavaConvolution(ConvSpec s, DType type, Gemm gemm) {
    this.s = s;
    this.type = type;
    this.gemm = gemm;
    this.bytes = type.bytes();
    this.groupC = s.c() / s.groups();
    this.groupO = s.o() / s.groups();
    this.oh = Math.max(0, s.oh());
    this.ow = Math.max(0, s.ow());
    this.terms = s.kh() * s.kw() * groupC;
    // With few channels the runs along the width are longer than those along the channels.
    this.termsAdjacent = s.xStrides()[1] == 1 && groupC >= FEW_CHANNELS;
    // The pixels of a chunk must be evenly spaced in y.
    boolean even = s.yStrides()[2] == ow * s.yStrides()[3];
    long fitting = PATCHES / Math.max(1, ow * terms * bytes);
    this.rows = even ? Math.clamp(fitting, 1, Math.max(1, oh)) : 1;
    this.chunks = (oh + rows - 1) / rows;
  }

  /// Prepares a convolution.
  ///
  /// @param spec its geometry; any strides, and any extent but those of the window may be 0
  /// @param type the type of all elements: float32, float64, int32 or int64
  /// @return the convolution
  static Conv of(ConvSpec spec, DType type) {
    return new JavaConvolution(spec, type, Gemm.of(type));
  }

  /// The same without the Vector API.
  static Conv scalar(ConvSpec spec, DType type) {
    return new JavaConvolution(spec, type, Gemm.scalar(type));
  }

  @Override
  public void run(long x, long w, long bias, long y) {
    Scratch scratch = Scratch.borrow();
    try {
      switch (s.direction()) {
        case FORWARD -> {
          long weights = scratch.reserve(bytes * s.o() * terms);
          transposedWeights(w, weights);
          each(
              s.n() * s.groups() * chunks,
              (unit, room) -> forward(unit, x, weights, bias, y, room));
        }
        case BACKWARD_DATA -> {
          long weights = scratch.reserve(bytes * s.o() * terms);
          weights(w, weights, true);
          each(s.n() * s.groups(), (unit, room) -> backwardData(unit, x, weights, y, room));
        }
        case BACKWARD_WEIGHTS -> backwardWeights(x, w, y, scratch);
      }
    } finally {
      scratch.giveBack();
    }
  }

  @FunctionalInterface
  private interface Unit {
    void run(long unit, long room);
  }

  /// Runs units that do not depend on each other, with room for patches and a product.
  private void each(long units, Unit body) {
    int parts = (int) Math.min(units, Workers.parts(s.flops(), GRAIN));
    Workers.run(
        parts,
        part -> {
          Scratch scratch = Scratch.borrow();
          try {
            long room = scratch.reserve(bytes * rows * ow * (terms + groupO));
            for (long unit = units * part / parts; unit < units * (part + 1) / parts; unit++) {
              body.run(unit, room);
            }
          } finally {
            scratch.giveBack();
          }
        });
  }

  private void forward(long unit, long x, long weights, long bias, long y, long room) {
    long image = unit / chunks / s.groups();
    long group = unit / chunks % s.groups();
    long row = unit % chunks * rows;
    long height = Math.min(rows, oh - row);
    long pixels = height * ow;
    long yRow = s.yStrides()[3];
    long yChannel = s.yStrides()[1];
    gather(image, group, row, height, x, room);
    long k = termStride(pixels);
    long r = patchStride();
    long w = weights + bytes * group * terms * groupO;
    long to =
        y + bytes * (image * s.yStrides()[0] + group * groupO * yChannel + row * s.yStrides()[2]);
    long b = bias + bytes * group * groupO;
    if (yRow == 1 && groupO > 0) {
      gemm.multiply(groupO, pixels, terms, w, 1, groupO, room, k, r, to, yChannel, false);
      finish(groupO, pixels, to, yChannel, Bias.PER_ROW, b);
      return;
    }
    boolean direct = yChannel == 1;
    long product = direct ? to : room + bytes * rows * ow * terms;
    long productRow = direct ? yRow : groupO;
    gemm.multiply(pixels, groupO, terms, room, r, k, w, groupO, 1, product, productRow, false);
    finish(pixels, groupO, product, productRow, Bias.PER_COLUMN, b);
    for (long o = 0; !direct && o < groupO; o++) {
      Runs.copy(
          bytes,
          product + bytes * o,
          bytes * groupO,
          to + bytes * o * yChannel,
          bytes * yRow,
          pixels);
    }
  }

  private void finish(long m, long n, long c, long cRow, Bias kind, long bias) {
    if (s.bias() || s.activation() != Activation.NONE) {
      gemm.finish(m, n, c, cRow, s.bias() ? kind : Bias.NONE, bias, s.activation());
    }
  }

  private void backwardData(long unit, long x, long weights, long y, long room) {
    long image = unit / s.groups();
    long group = unit % s.groups();
    long[] xs = s.xStrides();
    long base = x + bytes * (image * xs[0] + group * groupC * xs[1]);
    for (long row = 0; row < s.h(); row++) {
      if (termsAdjacent) {
        for (long column = 0; column < s.w(); column++) {
          Runs.clear(bytes, base + bytes * (row * xs[2] + column * xs[3]), bytes, groupC);
        }
      } else {
        for (long channel = 0; channel < groupC; channel++) {
          Runs.clear(bytes, base + bytes * (channel * xs[1] + row * xs[2]), bytes * xs[3], s.w());
        }
      }
    }
    long yRow = s.yStrides()[3];
    long yChannel = s.yStrides()[1];
    long w = weights + bytes * group * groupO * terms;
    for (long row = 0; row < oh; row += rows) {
      long height = Math.min(rows, oh - row);
      long pixels = height * ow;
      long from =
          y + bytes * (image * s.yStrides()[0] + group * groupO * yChannel + row * s.yStrides()[2]);
      if (termsAdjacent) {
        gemm.multiply(pixels, terms, groupO, from, yRow, yChannel, w, terms, 1, room, terms, false);
      } else {
        gemm.multiply(
            terms, pixels, groupO, w, 1, terms, from, yChannel, yRow, room, pixels, false);
      }
      scatter(image, group, row, height, x, room);
    }
  }

  /// Each part sums some images into an array of its own; those are then summed in order.
  private void backwardWeights(long x, long w, long y, Scratch scratch) {
    long size = Scratch.aligned(bytes * s.o() * terms);
    int parts = (int) Math.max(1, Math.min(s.n(), Workers.parts(s.flops(), GRAIN)));
    long sums = scratch.reserve(size * parts);
    Workers.run(
        parts,
        part -> {
          Scratch mine = Scratch.borrow();
          try {
            long room = mine.reserve(bytes * rows * ow * terms);
            long to = sums + size * part;
            Memory.clear(to, size);
            for (long image = s.n() * part / parts; image < s.n() * (part + 1) / parts; image++) {
              for (long group = 0; group < s.groups(); group++) {
                addGradient(image, group, x, y, to + bytes * group * groupO * terms, room);
              }
            }
          } finally {
            mine.giveBack();
          }
        });
    for (int part = 1; part < parts; part++) {
      Runs.add(type, sums + size * part, bytes, sums, bytes, s.o() * terms);
    }
    weights(w, sums, false);
  }

  private void addGradient(long image, long group, long x, long y, long to, long room) {
    long yRow = s.yStrides()[3];
    long yChannel = s.yStrides()[1];
    for (long row = 0; row < oh; row += rows) {
      long height = Math.min(rows, oh - row);
      long pixels = height * ow;
      gather(image, group, row, height, x, room);
      long from =
          y + bytes * (image * s.yStrides()[0] + group * groupO * yChannel + row * s.yStrides()[2]);
      gemm.multiply(
          groupO,
          terms,
          pixels,
          from,
          yChannel,
          yRow,
          room,
          patchStride(),
          termStride(pixels),
          to,
          terms,
          true);
    }
  }

  private long termStride(long pixels) {
    return termsAdjacent ? 1 : pixels;
  }

  private long patchStride() {
    return termsAdjacent ? terms : 1;
  }

  /// Copies the weights to `[groups, terms, o / groups]`, whose rows a product reads one after the other.
  private void transposedWeights(long w, long ours) {
    long[] ws = s.wStrides();
    for (long group = 0; group < s.groups(); group++) {
      for (long i = 0; i < s.kh(); i++) {
        for (long j = 0; j < s.kw(); j++) {
          for (long c = 0; c < groupC; c++) {
            long theirs = w + bytes * (group * groupO * ws[0] + c * ws[1] + i * ws[2] + j * ws[3]);
            long term = (i * s.kw() + j) * groupC + c;
            Runs.copy(
                bytes,
                theirs,
                bytes * ws[0],
                ours + bytes * (group * terms + term) * groupO,
                bytes,
                groupO);
          }
        }
      }
    }
  }

  /// Copies the weights to or from `[o, terms]`.
  private void weights(long w, long ours, boolean in) {
    long[] ws = s.wStrides();
    for (long o = 0; o < s.o(); o++) {
      for (long i = 0; i < s.kh(); i++) {
        for (long j = 0; j < s.kw(); j++) {
          long theirs = w + bytes * (o * ws[0] + i * ws[2] + j * ws[3]);
          long here = ours + bytes * (o * terms + (i * s.kw() + j) * groupC);
          if (in) {
            Runs.copy(bytes, theirs, bytes * ws[1], here, bytes, groupC);
          } else {
            Runs.copy(bytes, here, bytes, theirs, bytes * ws[1], groupC);
          }
        }
      }
    }
  }

  /// What to do with a run of elements of x and the run of the patches that belongs to it.
  private enum Move {
    IN,
    ADD_OUT
  }

  private void gather(long image, long group, long row, long height, long x, long patches) {
    visit(Move.IN, image, group, row, height, x, patches);
  }

  private void scatter(long image, long group, long row, long height, long x, long patches) {
    visit(Move.ADD_OUT, image, group, row, height, x, patches);
  }

  private void visit(
      Move move, long image, long group, long row, long height, long x, long patches) {
    long[] xs = s.xStrides();
    long base = x + bytes * (image * xs[0] + group * groupC * xs[1]);
    long pixels = height * ow;
    for (long oy = 0; oy < height; oy++) {
      for (long i = 0; i < s.kh(); i++) {
        long iy = (row + oy) * s.strideH() - s.padH() + i * s.dilationH();
        boolean inside = iy >= 0 && iy < s.h();
        for (long j = 0; j < s.kw(); j++) {
          long first = j * s.dilationW() - s.padW();
          long term = (i * s.kw() + j) * groupC;
          // Columns of the output whose pixel lies inside x: those from `low` to `high`.
          long low = inside ? Math.clamp(-Math.floorDiv(first, s.strideW()), 0, ow) : ow;
          long high = inside ? Math.clamp(-Math.floorDiv(first - s.w(), s.strideW()), low, ow) : ow;
          long at = base + bytes * (iy * xs[2] + first * xs[3]);
          if (termsAdjacent) {
            for (long ox = 0; ox < ow; ox++) {
              long patch = patches + bytes * ((oy * ow + ox) * terms + term);
              move(
                  move,
                  ox >= low && ox < high,
                  at + bytes * ox * s.strideW() * xs[3],
                  bytes,
                  patch,
                  groupC);
            }
          } else {
            for (long channel = 0; channel < groupC; channel++) {
              long run = patches + bytes * ((term + channel) * pixels + oy * ow);
              long from = at + bytes * channel * xs[1];
              long step = s.strideW() * xs[3];
              move(move, false, 0, 0, run, low);
              move(
                  move,
                  true,
                  from + bytes * low * step,
                  bytes * step,
                  run + bytes * low,
                  high - low);
              move(move, false, 0, 0, run + bytes * high, ow - high);
            }
          }
        }
      }
    }
  }

  /// Moves a run; outside x there are zeros to read and there is nothing to write.
  private void move(Move move, boolean inside, long at, long stride, long patch, long count) {
    if (move == Move.IN) {
      if (inside) {
        Runs.copy(bytes, at, stride, patch, bytes, count);
      } else {
        Runs.clear(bytes, patch, bytes, count);
      }
    } else if (inside) {
      Runs.add(type, patch, bytes, at, stride, count);
    }
  }
}
