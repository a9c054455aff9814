package dev.javelin.cpu;

import dev.javelin.cpu.ConvSpec.Direction;
import dev.javelin.cpu.DnnlConvolution.Room;
import dev.javelin.cpu.DnnlConvolution.Slice;
import dev.javelin.cpu.DnnlConvolution.Weights;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Decides how a convolution runs on oneDNN and compiles what it needs: layouts, slices, copies.
final class DnnlConvolutionPlan {
  /// Operations worth a thread.
  private static final long GRAIN = 400_000;

  /// The largest slice that passes through the cache: half of a second-level cache.
  private static final long CACHED = 512L << 10;

  /// Weights from this size on are copied by several threads.
  private static final long LARGE_WEIGHTS = 128L << 10;

  /// What the gradients of all parts may take.
  private static final long LARGEST_SUMS = 256L << 20;

  /// Channels that are worth a slice: what one instruction computes.
  private static final long FEW_CHANNELS = 16;

  /// Rows of an image that are worth a slice.
  private static final long FEW_ROWS = 4;

  private final ConvSpec s;
  private final Map<Geometry, Compiled> compiled = new HashMap<>();

  /// How x and y lie in oneDNN's memory; null leaves it to oneDNN.
  private final long[] xInside;

  private final long[] yInside;

  private final List<Slice> slices = new ArrayList<>();
  private Room room = new Room(0, 0, 0);

  /// As the first primitive chose; where the slices share the weights, all others must agree.
  private DnnlDesc weightsInside;

  private DnnlConvolutionPlan(ConvSpec s, long[] xInside, long[] yInside) {
    this.s = s;
    this.xInside = xInside;
    this.yInside = yInside;
  }

  /// The part of a convolution that one primitive does: so many images, channels and rows.
  private record Geometry(long images, long c, long o, long h, long oh, long before, long after) {}

  private record Compiled(
      DnnlPrimitive primitive,
      DnnlPrimitive copyX,
      DnnlPrimitive copyW,
      DnnlPrimitive copyY,
      Room room,
      long elements) {}

  /// How x or y lies in memory. An array may be both, for example with one channel.
  private record Order(boolean contiguous, boolean channelsLast) {
    static Order of(long[] strides, long n, long c, long h, long w) {
      long[] dims = {n, c, h, w};
      return new Order(
          matches(dims, strides, ConvSpec.contiguous(c, h, w)),
          matches(dims, strides, ConvSpec.channelsLast(c, h, w)));
    }

    private static boolean matches(long[] dims, long[] strides, long[] wanted) {
      boolean all = true;
      for (int i = 0; i < 4; i++) {
        // The stride of an extent of 1 means nothing.
        all &= dims[i] == 1 || strides[i] == wanted[i];
      }
      return all;
    }
  }

  /// Makes a plan.
  ///
  /// @param s the geometry
  /// @return the convolution, or null where oneDNN has no fast implementation
  static DnnlConvolution plan(ConvSpec s) {
    if (s.n() < 1 || s.flops() <= 0) {
      return null;
    }
    Order x = Order.of(s.xStrides(), s.n(), s.c(), s.h(), s.w());
    Order y = Order.of(s.yStrides(), s.n(), s.o(), s.oh(), s.ow());
    boolean contiguous = x.contiguous && y.contiguous;
    boolean last = x.channelsLast && y.channelsLast;
    if (last || (!contiguous && (x.channelsLast || y.channelsLast))) {
      return new DnnlConvolutionPlan(
              s,
              ConvSpec.channelsLast(s.c(), s.h(), s.w()),
              ConvSpec.channelsLast(s.o(), s.oh(), s.ow()))
          .build();
    }
    DnnlConvolution free = new DnnlConvolutionPlan(s, null, null).build();
    if (!contiguous || (free != null && widest(free))) {
      return free;
    }
    // Left alone, oneDNN takes an odd layout for some numbers of channels, and has only an older
    // implementation for it.
    DnnlConvolution direct =
        new DnnlConvolutionPlan(
                s,
                ConvSpec.contiguous(s.c(), s.h(), s.w()),
                ConvSpec.contiguous(s.o(), s.oh(), s.ow()))
            .build();
    return direct != null && (free == null || widest(direct)) ? direct : free;
  }

  private static boolean widest(DnnlConvolution convolution) {
    return convolution.implementation().contains("avx512");
  }

  private DnnlConvolution build() {
    int worth = Workers.parts(s.flops(), GRAIN);
    DnnlConvolution all = channels(worth) > 1 ? byChannels(channels(worth)) : byImages(worth);
    // Slices of different sizes may like different layouts of the weights.
    return all == null && worth > 1
        ? new DnnlConvolutionPlan(s, xInside, yInside).byImages(1)
        : all;
  }

  private long weightBytes() {
    return 4 * s.o() * (s.c() / s.groups()) * s.kh() * s.kw();
  }

  /// Into how many slices of channels the work is cut: more than one where there are too few images and rows for all
  /// threads, or where the gradient of the weights is larger than what it is computed from.
  private long channels(int worth) {
    boolean gradient = s.direction() == Direction.BACKWARD_WEIGHTS;
    long activations = 4 * s.n() * (s.c() * s.h() * s.w() + s.o() * s.oh() * s.ow());
    boolean wanted =
        s.n() * rowBands(worth) < worth || (gradient && 2 * weightBytes() > activations);
    long channels = s.direction() == Direction.BACKWARD_DATA ? s.c() : s.o();
    return s.groups() == 1 && wanted ? Math.min(worth, channels / FEW_CHANNELS) : 1;
  }

  private DnnlConvolution byChannels(long parts) {
    boolean data = s.direction() == Direction.BACKWARD_DATA;
    long all = data ? s.c() : s.o();
    long step = ((all + parts - 1) / parts + FEW_CHANNELS - 1) / FEW_CHANNELS * FEW_CHANNELS;
    for (long from = 0; from < all; from += step) {
      long some = Math.min(step, all - from);
      var geometry =
          new Geometry(
              s.n(), data ? some : s.c(), data ? s.o() : some, s.h(), s.oh(), s.padH(), s.padH());
      // Each slice has the weights of its channels to itself.
      weightsInside = null;
      long x = data ? from * s.xStrides()[1] : 0;
      long w = from * s.wStrides()[data ? 1 : 0];
      long y = data ? 0 : from * s.yStrides()[1];
      if (!add(geometry, x, w, y, data ? 0 : from)) {
        return null;
      }
    }
    return new DnnlConvolution(s, slices.toArray(Slice[]::new), room, null, slices.size());
  }

  private DnnlConvolution byImages(int worth) {
    boolean gradient = s.direction() == Direction.BACKWARD_WEIGHTS;
    long imageBytes = 4 * (s.c() * s.h() * s.w() + s.o() * s.oh() * s.ow());
    // Whatever passes through the cache, as a copy or for relu, does so in small slices. Each slice
    // reads the weights.
    long cached = Math.max(CACHED, 4 * weightBytes());
    boolean passing =
        xInside == null
            || !Order.of(s.xStrides(), s.n(), s.c(), s.h(), s.w()).channelsLast
            || !Order.of(s.yStrides(), s.n(), s.o(), s.oh(), s.ow()).channelsLast
            || s.activation() == Activation.RELU;
    // Each part of a gradient has an array for its sum.
    long most = gradient ? Math.max(1, LARGEST_SUMS / weightBytes()) : worth;
    long parts = Math.min(Math.min(s.n(), worth), most);
    long count = passing ? Math.clamp(s.n() * imageBytes / cached, parts, s.n()) : parts;
    long bands = rowBands(worth);
    long images = bands > 1 ? 1 : (s.n() + count - 1) / count;
    for (long n = 0; n < s.n(); n += images) {
      for (long band = 0; band < bands; band++) {
        long row = s.oh() * band / bands;
        long end = s.oh() * (band + 1) / bands;
        long first = row * s.strideH() - s.padH();
        long last = (end - 1) * s.strideH() - s.padH() + s.dilationH() * (s.kh() - 1);
        long from = bands == 1 ? 0 : Math.clamp(first, 0, s.h());
        long to = bands == 1 ? s.h() : Math.clamp(last + 1, 0, s.h());
        long before = bands == 1 ? s.padH() : from - first;
        long after = bands == 1 ? s.padH() : last + 1 - to;
        var geometry =
            new Geometry(
                Math.min(images, s.n() - n), s.c(), s.o(), to - from, end - row, before, after);
        long x = n * s.xStrides()[0] + from * s.xStrides()[2];
        long y = n * s.yStrides()[0] + row * s.yStrides()[2];
        if (!add(geometry, x, 0, y, 0)) {
          return null;
        }
      }
    }
    parts = gradient ? Math.min(parts, slices.size()) : slices.size();
    Weights weights = weights(gradient, parts, slices.size());
    room = new Room(room.x(), 0, room.y());
    Slice[] all = new Slice[slices.size()];
    for (int i = 0; i < all.length; i++) {
      Slice t = slices.get(i);
      all[i] =
          new Slice(
              t.primitive(),
              t.copyX(),
              null,
              t.copyY(),
              t.x(),
              t.w(),
              t.y(),
              t.bias(),
              t.elements());
    }
    return new DnnlConvolution(s, all, room, weights, (int) parts);
  }

  /// Into how many bands of rows each image is cut, where the threads could not share a few images evenly.
  private long rowBands(int worth) {
    boolean possible =
        s.direction() == Direction.FORWARD
            && (xInside == null || xInside[1] == 1)
            && s.n() < 2L * worth
            // Every band must have some pixels of x below its weights.
            && s.dilationH() * (s.kh() - 1) < s.h();
    return possible ? Math.clamp(s.oh() / FEW_ROWS, 1, worth / divisor(s.n(), worth)) : 1;
  }

  private static long divisor(long a, long b) {
    return b == 0 ? a : divisor(b, a % b);
  }

  /// Adds a slice. Offsets in elements.
  ///
  /// @return whether oneDNN has a fast implementation
  private boolean add(Geometry geometry, long x, long w, long y, long bias) {
    Compiled c = compiled.computeIfAbsent(geometry, this::compile);
    if (c == null) {
      return false;
    }
    slices.add(
        new Slice(
            c.primitive, c.copyX, c.copyW, c.copyY, 4 * x, 4 * w, 4 * y, 4 * bias, c.elements));
    room =
        new Room(
            Math.max(room.x(), c.room.x()),
            Math.max(room.w(), c.room.w()),
            Math.max(room.y(), c.room.y()));
    return true;
  }

  /// The copies of weights that all slices share.
  private Weights weights(boolean gradient, long parts, int slices) {
    DnnlDesc outside = DnnlDesc.of(weightDims(s.c(), s.o()), weightStrides());
    boolean same = outside.same(weightsInside);
    long bytes = Scratch.aligned(weightsInside.bytes());
    if (same && (!gradient || slices == 1)) {
      return new Weights(List.of(), List.of(), null, bytes);
    }
    // Blocks of weights are 16 to 64 wide, and a piece must not cut one.
    long pieces =
        bytes < LARGE_WEIGHTS
            ? 1
            : Math.clamp(weightDims(s.c(), s.o())[0] / 64, 1, Workers.threads());
    List<DnnlPrimitive> copy = copies(outside, gradient, (int) pieces, false);
    if (copy == null) {
      copy = copies(outside, gradient, 1, false);
    }
    List<DnnlPrimitive> add =
        gradient && parts > 1 ? copies(outside, true, copy.size(), true) : List.of();
    DnnlPrimitive sum =
        gradient && slices > parts
            ? DnnlPrimitive.reorder(weightsInside, weightsInside, true)
            : null;
    return new Weights(copy, add, sum, bytes);
  }

  /// Copies of the weights in pieces of the outermost dimension; null where a piece would cut a block.
  private List<DnnlPrimitive> copies(DnnlDesc outside, boolean out, int pieces, boolean add) {
    List<DnnlPrimitive> copies = new ArrayList<>();
    long[] all = weightDims(s.c(), s.o());
    long step = pieces == 1 ? all[0] : (all[0] / pieces + 63) / 64 * 64;
    for (long from = 0; from < all[0]; from += step) {
      DnnlDesc ours = weightsInside;
      DnnlDesc theirs = outside;
      if (step < all[0]) {
        long[] offsets = new long[all.length];
        long[] dims = all.clone();
        offsets[0] = from;
        dims[0] = Math.min(step, all[0] - from);
        ours = ours.part(dims, offsets);
        theirs = theirs.part(dims, offsets);
        if (ours == null || theirs == null) {
          return null;
        }
      }
      DnnlDesc source = out ? ours : theirs;
      copies.add(DnnlPrimitive.reorder(source, out ? theirs : ours, add));
    }
    return copies;
  }

  private Compiled compile(Geometry g) {
    long[] xDims = {g.images, g.c, g.h, s.w()};
    long[] yDims = {g.images, g.o, g.oh, s.ow()};
    long[] wDims = weightDims(g.c, g.o);
    DnnlDesc w = weightsInside == null ? DnnlDesc.any(wDims) : weightsInside;
    DnnlPrimitive primitive = primitive(g, inside(xDims, xInside), w, inside(yDims, yInside));
    // The reference implementation is a plain loop in C, far slower than ours.
    if (primitive == null || primitive.implementation().startsWith("ref")) {
      return null;
    }
    weightsInside = primitive.desc(1);
    DnnlPrimitive copyX =
        copy(primitive.desc(0), xDims, s.xStrides(), s.direction() != Direction.BACKWARD_DATA);
    DnnlPrimitive copyW =
        copy(weightsInside, wDims, weightStrides(), s.direction() != Direction.BACKWARD_WEIGHTS);
    DnnlPrimitive copyY =
        copy(primitive.desc(2), yDims, s.yStrides(), s.direction() != Direction.FORWARD);
    Room needed =
        new Room(
            bytes(copyX, primitive, 0), bytes(copyW, primitive, 1), bytes(copyY, primitive, 2));
    return new Compiled(primitive, copyX, copyW, copyY, needed, primitive.desc(2).bytes() / 4);
  }

  private static long bytes(DnnlPrimitive copy, DnnlPrimitive primitive, int argument) {
    return copy == null ? 0 : Scratch.aligned(primitive.desc(argument).bytes());
  }

  private long[] weightDims(long c, long o) {
    long g = s.groups();
    return g == 1
        ? new long[] {o, c, s.kh(), s.kw()}
        : new long[] {g, o / g, c / g, s.kh(), s.kw()};
  }

  private long[] weightStrides() {
    long[] w = s.wStrides();
    return s.groups() == 1 ? w : new long[] {s.o() / s.groups() * w[0], w[0], w[1], w[2], w[3]};
  }

  private static DnnlDesc inside(long[] dims, long[] strides) {
    if (strides == null) {
      return DnnlDesc.any(dims);
    }
    // Of a band of rows the stride of the batch means nothing, but oneDNN compares it.
    boolean last = strides[1] == 1;
    return DnnlDesc.of(
        dims,
        last
            ? ConvSpec.channelsLast(dims[1], dims[2], dims[3])
            : ConvSpec.contiguous(dims[1], dims[2], dims[3]));
  }

  /// The copy between the caller's layout and oneDNN's; null where they are the same.
  private static DnnlPrimitive copy(DnnlDesc inside, long[] dims, long[] strides, boolean in) {
    long[] used = strides.clone();
    if (dims[0] == 1) {
      // It means nothing, but oneDNN compares it.
      used[0] = dims[1] * dims[2] * dims[3];
    }
    DnnlDesc outside = DnnlDesc.of(dims, used);
    if (inside.same(outside)) {
      return null;
    }
    return in
        ? DnnlPrimitive.reorder(outside, inside, false)
        : DnnlPrimitive.reorder(inside, outside, false);
  }

  /// Compiles a slice. Its arguments are x, w, y and perhaps the bias.
  private DnnlPrimitive primitive(Geometry g, DnnlDesc x, DnnlDesc w, DnnlDesc y) {
    var window =
        new DnnlApi.Window(
            List.of(s.strideH(), s.strideW()),
            List.of(s.dilationH() - 1, s.dilationW() - 1),
            List.of(g.before, s.padW()),
            List.of(g.after, s.padW()));
    boolean forward = s.direction() == Direction.FORWARD;
    boolean data = s.direction() == Direction.BACKWARD_DATA;
    DnnlDesc bias = forward && s.bias() ? DnnlDesc.dense(g.o) : null;
    DnnlDesc any = DnnlDesc.any(weightDims(g.c, g.o));
    long attributes = DnnlApi.attributes(false);
    long hint = 0;
    try {
      long hb = bias == null ? 0 : bias.handle();
      long hw = forward ? w.handle() : any.handle();
      long first = DnnlApi.convolutionForward(x.handle(), hw, hb, y.handle(), window, attributes);
      if (first == 0) {
        return null;
      }
      if (forward) {
        DnnlDesc px = DnnlDesc.queried(first, DnnlApi.QUERY_SRC);
        DnnlDesc pw = DnnlDesc.queried(first, DnnlApi.QUERY_WEIGHTS);
        DnnlDesc py = DnnlDesc.queried(first, DnnlApi.QUERY_DST);
        return bias == null
            ? DnnlPrimitive.of(
                first, new int[] {DnnlApi.SRC, DnnlApi.WEIGHTS, DnnlApi.DST}, px, pw, py)
            : DnnlPrimitive.of(
                first,
                new int[] {DnnlApi.SRC, DnnlApi.WEIGHTS, DnnlApi.DST, DnnlApi.BIAS},
                px,
                pw,
                py,
                bias);
      }
      hint = first;
      long second =
          data
              ? DnnlApi.convolutionBackwardData(
                  x.handle(), w.handle(), y.handle(), window, hint, attributes)
              : DnnlApi.convolutionBackwardWeights(
                  x.handle(), w.handle(), y.handle(), window, hint, attributes);
      if (second == 0) {
        return null;
      }
      DnnlDesc px = DnnlDesc.queried(second, data ? DnnlApi.QUERY_DIFF_SRC : DnnlApi.QUERY_SRC);
      DnnlDesc pw =
          DnnlDesc.queried(second, data ? DnnlApi.QUERY_WEIGHTS : DnnlApi.QUERY_DIFF_WEIGHTS);
      DnnlDesc py = DnnlDesc.queried(second, DnnlApi.QUERY_DIFF_DST);
      int[] ids =
          data
              ? new int[] {DnnlApi.DIFF_SRC, DnnlApi.WEIGHTS, DnnlApi.DIFF_DST}
              : new int[] {DnnlApi.SRC, DnnlApi.DIFF_WEIGHTS, DnnlApi.DIFF_DST};
      return DnnlPrimitive.of(second, ids, px, pw, py);
    } finally {
      DnnlApi.destroyPrimitiveDescription(hint);
      DnnlApi.destroyAttributes(attributes);
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(y);
      Reference.reachabilityFence(any);
      Reference.reachabilityFence(bias);
    }
  }
}
