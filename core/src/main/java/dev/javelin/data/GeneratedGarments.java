package dev.javelin.data;

import dev.javelin.data.GarmentCanvas.Surface;
import java.util.List;
import java.util.stream.IntStream;

/// The stand-in for Fashion-MNIST: pictures of garments drawn by this program.
final class GeneratedGarments {
  private static final int PIXELS = GarmentCanvas.SIDE * GarmentCanvas.SIDE;
  private static final List<Garment> KINDS = List.of(Garment.values());

  private GeneratedGarments() {}

  static ImageSet generate(boolean train, int count, long seed) {
    if (count < 0) {
      throw new IllegalArgumentException("cannot draw " + count + " images");
    }
    byte[] images = new byte[Math.multiplyExact(count, PIXELS)];
    byte[] labels = new byte[count];
    // Every ten pictures have a generator of their own, so that they can be drawn in any order.
    IntStream.range(0, Math.ceilDiv(count, KINDS.size()))
        .parallel()
        .forEach(
            block -> {
              SplitMix random = SplitMix.stream(seed, 2L * block + (train ? 0 : 1));
              int[] order = shuffledLabels(random);
              int first = block * KINDS.size();
              for (int i = 0; i < order.length && first + i < count; i++) {
                labels[first + i] = (byte) order[i];
                draw(KINDS.get(order[i]), random, images, (first + i) * PIXELS);
              }
            });
    return new ImageSet(
        MnistSet.FASHION_MNIST.name(),
        MnistSet.FASHION_MNIST.classNames(),
        GarmentCanvas.SIDE,
        GarmentCanvas.SIDE,
        images,
        labels,
        true,
        "garments drawn by Javelin as a stand-in for Fashion-MNIST");
  }

  private static int[] shuffledLabels(SplitMix random) {
    int[] order = IntStream.range(0, KINDS.size()).toArray();
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int moved = order[i];
      order[i] = order[other];
      order[other] = moved;
    }
    return order;
  }

  private static void draw(Garment garment, SplitMix random, byte[] images, int offset) {
    var canvas = new GarmentCanvas(random);
    garment.draw(canvas, random, surface(random));
    canvas.write(random, random.between(4, 30), images, offset);
  }

  /// A cloth: its brightness, a pattern, and soft light and shade over all.
  private static Surface surface(SplitMix random) {
    double brightness = random.between(85, 255);
    Surface shade = shade(random, brightness * random.between(0.05, 0.22));
    int period = 2 + random.nextInt(4);
    int phase = random.nextInt(period);
    double contrast = brightness * random.between(0.15, 0.5);
    int pattern = random.nextInt(12);
    return (x, y) -> {
      boolean dark =
          switch (pattern) {
            case 0 -> (y + phase) % (2 * period) < period;
            case 1 -> (x + phase) % (2 * period) < period;
            case 2 -> (x + phase) % period == 0 || (y + phase) % period == 0;
            case 3 -> (x + y + phase) % 2 == 0;
            default -> false;
          };
      return brightness + shade.at(x, y) - (dark ? contrast : 0);
    };
  }

  /// Random heights on a coarse grid, with everything between them filled in evenly.
  private static Surface shade(SplitMix random, double strength) {
    int cell = 7;
    int points = GarmentCanvas.SIDE / cell + 1;
    double[] heights = new double[points * points];
    for (int i = 0; i < heights.length; i++) {
      heights[i] = random.between(-strength, strength);
    }
    return (x, y) -> {
      int at = y / cell * points + x / cell;
      double right = x % cell / (double) cell;
      double down = y % cell / (double) cell;
      double upper = heights[at] + right * (heights[at + 1] - heights[at]);
      double lower =
          heights[at + points] + right * (heights[at + points + 1] - heights[at + points]);
      return upper + down * (lower - upper);
    };
  }
}
