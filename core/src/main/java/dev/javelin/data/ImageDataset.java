package dev.javelin.data;

import dev.javelin.Tensor;
import dev.javelin.engine.Generator;
import dev.javelin.engine.ScopeState;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/// Grey images and their classes as samples: x is `[1, h, w]`, float32 from 0 to 1 if not said otherwise, y an int64 scalar.
///
/// A batch is made as a whole, from the bytes, by one kernel.
public final class ImageDataset implements Dataset {
  private static final Transform SAME = Transforms.compose();

  private final ImageSet images;
  private final Transform transform;
  private final Transform targetTransform;

  /// Images as floats from 0 to 1.
  ///
  /// @param images the images
  public ImageDataset(ImageSet images) {
    this(images, Transforms.toTensor());
  }

  /// Images with a transform.
  ///
  /// @param images the images
  /// @param transform what to do to each, a uint8 tensor `[1, h, w]`
  public ImageDataset(ImageSet images, Transform transform) {
    this(images, transform, SAME);
  }

  private ImageDataset(ImageSet images, Transform transform, Transform targetTransform) {
    this.images = images;
    this.transform = transform;
    this.targetTransform = targetTransform;
  }

  /// This data set with a transform of the classes.
  ///
  /// @param newTargetTransform what to do to each class, an int64 scalar
  /// @return a copy
  public ImageDataset withTargetTransform(Transform newTargetTransform) {
    return new ImageDataset(images, transform, newTargetTransform);
  }

  /// The images themselves.
  ///
  /// @return the images, with the names of the classes
  public ImageSet images() {
    return images;
  }

  @Override
  public int size() {
    return images.size();
  }

  /// One image. What is random in its transform follows the seed of [dev.javelin.Javelin#manualSeed].
  @Override
  public Sample get(int index) {
    Generator.Position position = Generator.next(1);
    RandomGenerator random = SplitMix.stream(position.seed(), position.counter());
    MemorySegment bytes = images.images().asSlice(index * pixels(), pixels());
    Tensor image = Tensor.of(bytes, DType.UINT8, Shape.of(1, images.height(), images.width()));
    Tensor label = Tensor.of(new long[] {images.label(index)}).reshape(Shape.SCALAR);
    return new Sample(transform.apply(image, random), targetTransform.apply(label, random));
  }

  private long pixels() {
    return (long) images.height() * images.width();
  }

  @Override
  public Batch batch(int[] indices, RandomGenerator random) {
    long size = pixels();
    long[] labels = new long[indices.length];
    MemorySegment all = images.images();
    try (ScopeState scope = ScopeState.openFor("the data set");
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, indices.length * size), 64);
      for (int i = 0; i < indices.length; i++) {
        labels[i] = images.label(indices[i]);
        MemorySegment.copy(all, indices[i] * size, bytes, i * size, size);
      }
      Shape shape = Shape.of(indices.length, 1, images.height(), images.width());
      Tensor raw = Tensor.of(bytes.asSlice(0, indices.length * size), DType.UINT8, shape);
      Tensor x = transform.applyAll(raw, random);
      Tensor y = targetTransform.applyAll(Tensor.of(labels), random);
      scope.keep(x);
      scope.keep(y);
      return new Batch(x, y);
    }
  }
}
