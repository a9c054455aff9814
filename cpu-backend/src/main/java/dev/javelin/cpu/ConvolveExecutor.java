package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.backend.PlaneOrder;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;

/// Convolutions and their gradients: hands the geometry of the views to oneDNN, or to Java where
/// oneDNN cannot.
final class ConvolveExecutor extends LibraryCall {
  private final Kernel.Convolve kernel;
  private final Conv conv;

  private ConvolveExecutor(Kernel.Convolve kernel, Staged first, Staged second, Delivery delivery) {
    super(first, second, delivery);
    this.kernel = kernel;
    View result = delivery.view();
    ConvSpec spec =
        switch (kernel.direction()) {
          case FORWARD -> spec(kernel, first.view(), second.view(), result, delivery.epilogue());
          case BACKWARD_DATA ->
              spec(kernel, result, first.view(), second.view(), delivery.epilogue());
          case BACKWARD_WEIGHTS ->
              spec(kernel, first.view(), result, second.view(), delivery.epilogue());
        };
    conv = implementation(spec, kernel.type());
  }

  private static Conv implementation(ConvSpec spec, DType type) {
    if (type != DType.FLOAT32) {
      return JavaConvolution.of(spec, type);
    }
    return BatchConvolution.takes(spec)
        ? BatchConvolution.of(spec)
        : Dnnl.get()
            .flatMap(dnnl -> dnnl.convolution(spec))
            .orElseGet(() -> JavaConvolution.of(spec, type));
  }

  private static ConvSpec spec(Kernel.Convolve kernel, View x, View w, View y, Epilogue epilogue) {
    Kernel.Window g = kernel.geometry();
    return new ConvSpec(
        ConvSpec.Direction.valueOf(kernel.direction().name()),
        x.shape().size(0),
        x.shape().size(1),
        x.shape().size(2),
        x.shape().size(3),
        w.shape().size(0),
        w.shape().size(2),
        w.shape().size(3),
        g.strideH(),
        g.strideW(),
        g.padH(),
        g.padW(),
        g.dilationH(),
        g.dilationW(),
        g.groups(),
        x.strides(),
        w.strides(),
        y.strides(),
        epilogue.bias() != null,
        epilogue.activation());
  }

  static Executable of(Kernel.Convolve kernel) {
    Kernel.Operand target = target(kernel);
    Shape shape = target.view().shape();
    if (shape.numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    if (first(kernel).view().shape().numel() == 0 || second(kernel).view().shape().numel() == 0) {
      Kernel.Store store = new Kernel.Store(target, kernel.value());
      return Finish.ofZero(kernel.buffers(), shape, kernel.finish(), store, kernel.type());
    }
    boolean forward = kernel.direction() == Kernel.Direction.FORWARD;
    Delivery delivery =
        Delivery.of(
            order(kernel),
            ConvolveExecutor::isForward,
            epilogue ->
                epilogue.equals(Epilogue.NONE)
                    || (forward
                        && (epilogue.bias() == null
                            || Epilogue.isVector(epilogue.bias().view(), 1))),
            dense(target.view()));
    return new ConvolveExecutor(
        kernel, staged(kernel, first(kernel)), staged(kernel, second(kernel)), delivery);
  }

  private static Kernel.Operand target(Kernel.Convolve kernel) {
    return switch (kernel.direction()) {
      case FORWARD -> kernel.y();
      case BACKWARD_DATA -> kernel.x();
      case BACKWARD_WEIGHTS -> kernel.w();
    };
  }

  private static Kernel.Operand first(Kernel.Convolve kernel) {
    return kernel.direction() == Kernel.Direction.BACKWARD_DATA ? kernel.w() : kernel.x();
  }

  private static Kernel.Operand second(Kernel.Convolve kernel) {
    return kernel.direction() == Kernel.Direction.FORWARD ? kernel.w() : kernel.y();
  }

  private static Delivery.Order order(Kernel.Convolve kernel) {
    Kernel.Operand target = target(kernel);
    return new Delivery.Order(
        kernel,
        target.view().shape(),
        kernel.type(),
        kernel.finish(),
        new Kernel.Store(target, kernel.value()));
  }

  /// An operand as it is, unless it is of another dtype, repeats elements or runs backwards.
  private static Staged staged(Kernel.Convolve kernel, Kernel.Operand operand) {
    List<DType> buffers = kernel.buffers();
    View view = operand.view();
    return buffers.get(operand.buffer()) == kernel.type() && isForward(view)
        ? Staged.direct(buffers, operand)
        : Staged.copied(buffers, operand, kernel.type(), 0);
  }

  /// Whether no axis repeats elements or runs backwards.
  private static boolean isForward(View view) {
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      if (view.shape().size(axis) > 1 && view.stride(axis) <= 0) {
        return false;
      }
    }
    return true;
  }

  /// The layout of results in scratch memory: that of the output without its gaps.
  private static View dense(View view) {
    Shape s = view.shape();
    if (view.stride(1) == 1 && s.size(1) > 1) {
      return PlaneOrder.CHANNELS_LAST.of(s);
    }
    return (view.stride(0) == 1 && s.size(0) > 1 ? PlaneOrder.BATCH_LAST : PlaneOrder.CONTIGUOUS)
        .of(s);
  }

  @Override
  void compute(long first, long second, long bias, long result) {
    switch (kernel.direction()) {
      case FORWARD -> conv.run(first, second, bias, result);
      case BACKWARD_DATA -> conv.run(result, first, bias, second);
      case BACKWARD_WEIGHTS -> conv.run(first, result, bias, second);
    }
  }

  @Override
  LibraryCall viaScratch() {
    return new ConvolveExecutor(
        kernel,
        staged(kernel, first(kernel)),
        staged(kernel, second(kernel)),
        Delivery.viaScratch(order(kernel), dense(target(kernel).view())));
  }
}
