package dev.javelin.data;

import static dev.javelin.data.GarmentCanvas.xy;

import dev.javelin.data.GarmentCanvas.Surface;

/// The ten kinds of garment of Fashion-MNIST, in the order of its labels, each with the way to draw
/// it. No two drawings are alike, and some kinds are easily taken for others, as they are there.
enum Garment {
  T_SHIRT {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      Top top = new Top(random, random.between(1, 3.6), random.between(22.5, 26));
      top.drawShortSleeved(canvas, surface, random.between(4, 9.5));
      if (random.chance(0.3)) {
        // A print on the chest.
        double width = random.between(2, 4.2);
        double height = random.between(10, 12);
        Surface print = surface.times(random.chance(0.5) ? 0.45 : 1.7);
        canvas.paintSymmetric(print, xy(width, height), xy(width, height + random.between(1.5, 6)));
      }
    }
  },

  TROUSER {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      double waist = random.between(3.4, 5.6);
      double hip = waist + random.between(0.2, 1.6);
      double crotch = random.between(8, 12);
      double hem = random.between(4, 6.6);
      double leg = random.between(2.2, 3.8);
      double bottom = random.chance(0.1) ? random.between(17, 22) : random.between(25.5, 27.5);
      for (int side = -1; side <= 1; side += 2) {
        canvas.paint(
            surface,
            xy(14 - side * 0.2, 1),
            xy(14 + side * waist, 1),
            xy(14 + side * hip, crotch - 2),
            xy(14 + side * hem, bottom),
            xy(14 + side * (hem - leg), bottom),
            xy(14 + side * 0.3, crotch),
            xy(14 - side * 0.2, crotch - 0.5));
      }
      canvas.paintSymmetric(surface.times(random.between(0.6, 1.2)), xy(waist, 1), xy(waist, 2.2));
    }
  },

  PULLOVER {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      Top top = new Top(random, random.between(0.3, 2.2), random.between(22, 25.5));
      top.drawLongSleeved(canvas, surface, random.between(0.5, 4));
      Surface ribs = surface.times(random.between(0.65, 0.95));
      top.drawHem(canvas, ribs, random.between(1, 2.4));
      if (random.chance(0.5)) {
        top.drawCollar(canvas, ribs, random.between(0.7, 1.6));
      }
    }
  },

  DRESS {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      double shoulder = random.between(2.8, 5);
      double neck = random.between(0.8, shoulder - 1.2);
      double depth = random.between(0.5, 4.5);
      double chest = random.between(2.9, 4.6);
      double waist = random.between(2.2, 4.2);
      double waistY = random.between(9, 14);
      double hem = waist + random.between(0.2, 4.2);
      double bottom = random.between(25, 27.6);
      canvas.paintSymmetric(
          surface,
          xy(0, 1 + depth),
          xy(neck, 1),
          xy(shoulder, 1.3),
          xy(chest, 6),
          xy(waist, waistY),
          xy((waist + hem) / 2 + random.between(0, 0.8), (waistY + bottom) / 2),
          xy(hem, bottom));
      if (random.chance(0.45)) {
        double length = random.between(2.5, 15);
        double out = random.between(1, 2.8);
        for (int side = -1; side <= 1; side += 2) {
          canvas.paint(
              surface,
              xy(14 + side * (shoulder - 0.8), 1.2),
              xy(14 + side * (shoulder + 0.4), 1.8),
              xy(14 + side * (shoulder + out), 2 + length),
              xy(14 + side * (shoulder + out - 1.9), 2.3 + length),
              xy(14 + side * (chest - 0.6), 5));
        }
      }
      if (random.chance(0.3)) {
        Surface belt = surface.times(random.chance(0.5) ? 0.4 : 1.5);
        canvas.paintSymmetric(belt, xy(waist, waistY - 0.7), xy(waist, waistY + 0.7));
      }
    }
  },

  COAT {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      Top top = new Top(random, random.between(0.5, 3), random.between(24.5, 27.5));
      top.drawLongSleeved(canvas, surface, random.between(1, 5));
      Surface dark = surface.times(random.between(0.25, 0.65));
      double lapel = random.between(7, 12);
      canvas.line(dark, random.between(0.5, 1.3), xy(14, lapel - 2), xy(14, top.bottom()));
      canvas.line(dark, 0.8, xy(14 - top.neck(), top.shoulderY()), xy(14, lapel));
      canvas.line(dark, 0.8, xy(14 + top.neck(), top.shoulderY()), xy(14, lapel));
      if (random.chance(0.4)) {
        double pocket = random.between(17, 20);
        canvas.line(dark, 0.7, xy(9.5, pocket), xy(12, pocket + 0.4));
        canvas.line(dark, 0.7, xy(18.5, pocket), xy(16, pocket + 0.4));
      }
      if (random.chance(0.25)) {
        top.drawCollar(canvas, surface.times(random.between(0.6, 1.3)), random.between(1, 2.4));
      }
    }
  },

  SANDAL {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      double heel = random.chance(0.4) ? random.between(4, 8) : random.between(0.5, 3);
      double ground = random.between(20.5, 22.5);
      double thick = random.between(1.1, 2.2);
      double heelY = ground - heel;
      double arch = random.between(12, 15);
      // The sole: flat under the toes, and up to the heel.
      canvas.paint(
          surface,
          xy(1.8, ground - thick),
          xy(arch - 3, ground - thick),
          xy(25.5, heelY - thick),
          xy(26, heelY),
          xy(arch, ground),
          xy(2.2, ground));
      if (random.chance(0.35)) {
        canvas.paint(surface, xy(arch, ground), xy(26, heelY), xy(26, ground));
      } else {
        canvas.paint(surface, xy(23, heelY), xy(26, heelY - 0.5), xy(25.6, ground), xy(24, ground));
      }
      Surface strap = surface.times(random.between(0.7, 1.25));
      double width = random.between(1, 2.1);
      int straps = 1 + random.nextInt(3);
      for (int i = 0; i < straps; i++) {
        double x = 3.5 + 3 * i + random.around(0.8);
        double high = ground - thick - random.between(2.5, 5);
        canvas.curve(
            strap,
            width,
            xy(x, ground - thick),
            xy(x + 2, high - 2),
            xy(x + 5.5, ground - thick - 0.8));
      }
      double ankle = heelY - random.between(4.5, 8.5);
      canvas.curve(strap, width, xy(25, heelY - thick), xy(26.5, ankle), xy(20, ankle + 0.5));
      if (random.chance(0.7)) {
        canvas.curve(
            strap,
            width,
            xy(20, ankle + 0.5),
            xy(17, ankle + 2),
            xy(16, ground - thick - heel * 0.5));
      }
    }
  },

  SHIRT {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      Top top = new Top(random, random.between(0.8, 3), random.between(22.5, 26.5));
      if (random.chance(0.35)) {
        top.drawShortSleeved(canvas, surface, random.between(5, 10.5));
      } else {
        top.drawLongSleeved(canvas, surface, random.between(0.5, 4.5));
      }
      Surface dark = surface.times(random.between(0.5, 0.8));
      if (random.chance(0.75)) {
        double end = random.chance(0.25) ? random.between(11, 15) : top.bottom();
        canvas.line(dark, random.between(0.4, 0.9), xy(14, top.shoulderY() + 2), xy(14, end));
      }
      if (random.chance(0.8)) {
        // The two leaves of the collar.
        Surface leaf = surface.times(random.between(0.7, 1.45));
        double low = top.shoulderY() + random.between(2.2, 4);
        for (int side = -1; side <= 1; side += 2) {
          canvas.paint(
              leaf,
              xy(14 + side * 0.2, top.shoulderY() + 1.4),
              xy(14 + side * top.neck(), top.shoulderY() - 0.8),
              xy(14 + side * (top.neck() + 1.1), top.shoulderY() + 0.8),
              xy(14 + side * 1.6, low));
        }
      }
      if (random.chance(0.3)) {
        canvas.paint(dark, xy(16, 10.5), xy(19, 10.5), xy(19, 13.5), xy(17.5, 14), xy(16, 13.5));
      }
    }
  },

  SNEAKER {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      double ground = random.between(20, 22);
      double toe = random.between(3.4, 5.4);
      double collar = ground - random.between(7.5, 10.5);
      double heel = collar - random.between(-0.5, 1.5);
      double throat = random.between(13, 17);
      canvas.paint(
          surface,
          xy(1.6, ground - 1),
          xy(2.4, ground - toe + 0.8),
          xy(5, ground - toe),
          xy(throat - 3, ground - toe - 2.5),
          xy(throat, collar),
          xy(throat + 2, collar - 0.3),
          xy(21.5, collar + random.between(0.6, 2)),
          xy(25, heel),
          xy(26.4, heel + 0.6),
          xy(26, ground - 1));
      Surface sole = surface.times(random.chance(0.6) ? random.between(1.2, 1.9) : 0.5);
      canvas.paint(
          sole,
          xy(1.4, ground - 1.4),
          xy(26.4, ground - 1.6),
          xy(26.2, ground + 0.4),
          xy(2.2, ground + 0.4));
      Surface mark = surface.times(random.chance(0.5) ? 0.5 : 1.6);
      int laces = random.nextInt(4);
      for (int i = 0; i < laces; i++) {
        double x = throat - 4.5 + 1.7 * i;
        double y = ground - toe - 2 - 1.3 * i;
        canvas.line(mark, 0.8, xy(x, y), xy(x + 2, y + 1.6));
      }
      if (random.chance(0.5)) {
        canvas.curve(mark, 1.1, xy(13, ground - 2.2), xy(19, ground - 2.5), xy(23.5, ground - 7));
      }
    }
  },

  BAG {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      double top = random.between(8, 13);
      double bottom = random.between(21.5, 25.5);
      double above = random.between(7.5, 12);
      double below = above + random.around(2);
      double corner = random.between(0.3, 2);
      double high = top - random.between(2, 9);
      double reach = random.between(3, 7.5);
      Surface strap = surface.times(random.between(0.7, 1.2));
      double width = random.between(0.8, 2);
      if (random.chance(0.85)) {
        canvas.curve(strap, width, xy(14 - reach, top + 0.5), xy(14 - reach, high), xy(14, high));
        canvas.curve(strap, width, xy(14 + reach, top + 0.5), xy(14 + reach, high), xy(14, high));
      }
      canvas.paintSymmetric(
          surface,
          xy(above - corner, top),
          xy(above, top + corner),
          xy(below, bottom - corner),
          xy(below - corner, bottom));
      Surface dark = surface.times(random.between(0.4, 0.8));
      double flap = top + random.between(2, (bottom - top) * 0.7);
      switch (random.nextInt(3)) {
        case 0 -> canvas.line(dark, 0.8, xy(14 - above, flap), xy(14 + above, flap));
        case 1 -> {
          canvas.line(dark, 0.8, xy(14 - above, top + 1), xy(14, flap));
          canvas.line(dark, 0.8, xy(14 + above, top + 1), xy(14, flap));
        }
        default -> canvas.paintSymmetric(dark, xy(1.3, flap - 1), xy(1.3, flap + 1));
      }
    }
  },

  ANKLE_BOOT {
    @Override
    void draw(GarmentCanvas canvas, SplitMix random, Surface surface) {
      double ground = random.between(22.5, 25.5);
      double heel = random.chance(0.4) ? random.between(2.5, 5.5) : random.between(0.8, 2);
      double top = ground - random.between(14, 20);
      double toe = random.between(3.6, 6);
      double shaft = random.between(11.5, 15.5);
      double sole = ground - 1;
      canvas.paint(
          surface,
          xy(1.8, sole),
          xy(2.2, ground - toe + 1),
          xy(4.5, ground - toe),
          xy(shaft - 3, ground - toe - 3),
          xy(shaft, ground - toe - 6),
          xy(shaft - random.between(-0.8, 1.5), top),
          xy(25.3 + random.around(0.7), top + random.around(1)),
          xy(25, ground - 8),
          xy(26, sole - heel + 0.5),
          xy(18, sole - heel + 0.5),
          xy(12, sole));
      Surface dark = surface.times(random.between(0.4, 0.9));
      canvas.line(dark, 1.4, xy(1.8, sole), xy(12, sole));
      canvas.line(dark, 1.4, xy(12, sole), xy(18, sole - heel + 1));
      canvas.paint(
          dark, xy(19.5, sole - heel), xy(26, sole - heel), xy(25.6, ground), xy(20.2, ground));
      if (random.chance(0.4)) {
        canvas.line(dark, 0.7, xy(shaft + 1.5, ground - toe - 5), xy(shaft + 1.5, top + 0.5));
      }
      if (random.chance(0.3)) {
        canvas.line(dark, 1.3, xy(shaft, top + 0.8), xy(25, top + 0.8));
      }
    }
  };

  /// Draws one.
  ///
  /// @param canvas an empty picture
  /// @param random decides everything that varies
  /// @param surface what it is made of
  abstract void draw(GarmentCanvas canvas, SplitMix random, Surface surface);

  /// What T-shirts, pullovers, coats and shirts have in common: a body with two sleeves, symmetric.
  private static final class Top {
    private final SplitMix random;
    private final double shoulderY;
    private final double neck;
    private final double neckDepth;
    private final double shoulder;
    private final double armpitY;
    private final double chest;
    private final double waist;
    private final double bottom;

    Top(SplitMix random, double neckDepth, double bottom) {
      this.random = random;
      this.neckDepth = neckDepth;
      this.bottom = bottom;
      shoulderY = random.between(2.2, 4);
      neck = random.between(1.8, 3.4);
      shoulder = random.between(5.6, 7.6);
      armpitY = shoulderY + random.between(5, 7.5);
      chest = shoulder - random.between(-0.3, 1.2);
      waist = chest + random.around(1);
    }

    double shoulderY() {
      return shoulderY;
    }

    double neck() {
      return neck;
    }

    double bottom() {
      return bottom;
    }

    void drawShortSleeved(GarmentCanvas canvas, Surface surface, double length) {
      double out = random.between(1.8, 4);
      drawBody(canvas, surface);
      drawSleeves(canvas, surface, shoulderY + length, out, random.between(2.4, 3.8));
    }

    void drawLongSleeved(GarmentCanvas canvas, Surface surface, double shorter) {
      drawBody(canvas, surface);
      double out = random.between(1.2, 4.4);
      double end = bottom - shorter;
      double wide = random.between(2, 3.2);
      drawSleeves(canvas, surface, end, out, wide);
      if (random.chance(0.8)) {
        // The shadow that tells the sleeve from the body it hangs on.
        Surface shadow = surface.times(random.between(0.3, 0.8));
        for (int side = -1; side <= 1; side += 2) {
          double inner = Math.max(shoulder + out - wide, waist) - 0.3;
          canvas.line(
              shadow,
              random.between(0.5, 1.1),
              xy(14 + side * (chest - 0.2), armpitY),
              xy(14 + side * inner, end));
        }
      }
    }

    void drawHem(GarmentCanvas canvas, Surface surface, double height) {
      canvas.paintSymmetric(surface, xy(waist, bottom - height), xy(waist, bottom));
    }

    void drawCollar(GarmentCanvas canvas, Surface surface, double height) {
      canvas.paintSymmetric(
          surface,
          xy(neck, shoulderY - height),
          xy(neck + 0.4, shoulderY + 0.6),
          xy(0, shoulderY + neckDepth));
    }

    private void drawBody(GarmentCanvas canvas, Surface surface) {
      canvas.paintSymmetric(
          surface,
          xy(0, shoulderY + neckDepth),
          xy(neck * 0.7, shoulderY + neckDepth * 0.7),
          xy(neck, shoulderY),
          xy(shoulder, shoulderY + 1.2),
          xy(chest, armpitY),
          xy(waist, bottom));
    }

    private void drawSleeves(
        GarmentCanvas canvas, Surface surface, double end, double out, double wide) {
      for (int side = -1; side <= 1; side += 2) {
        canvas.paint(
            surface,
            xy(14 + side * (shoulder - 1), shoulderY + 0.9),
            xy(14 + side * (shoulder + 0.3), shoulderY + 1.4),
            xy(14 + side * (shoulder + out), end),
            xy(14 + side * (shoulder + out - wide), end + 0.7),
            xy(14 + side * (chest - 0.4), armpitY));
      }
    }
  }
}
