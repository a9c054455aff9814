package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.Device;
import dev.javelin.DeviceOf;
import dev.javelin.Devices;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.Optional;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Products without cuBLAS, by the project's own kernels: the same as the CPU's; on the emulated driver.
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class OwnProductsTest {
  private static final Device WITHOUT_BLAS = device();

  private static Device device() {
    CudaBackend first = Emulation.first();
    Libraries libraries =
        new Libraries(
            first.libraries().driver(),
            first.libraries().compiler(),
            "",
            Optional.empty(),
            "a test leaves it out");
    return DeviceOf.backend(new CudaBackend(first.device(), libraries));
  }

  private static Tensor values(DType dtype, Shape shape, int seed) {
    return Tensor.arange(shape.numel(), Devices.cpu())
        .to(DType.FLOAT32)
        .mul(0.7 + seed)
        .sin()
        .reshape(shape)
        .to(dtype);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 1, 1, 1",
    "FLOAT32, 7, 13, 33",
    "FLOAT32, 130, 300, 129",
    "FLOAT32, 5, 3000, 6",
    "FLOAT64, 33, 31, 8",
    "FLOAT16, 33, 100, 13",
    "BFLOAT16, 65, 33, 130"
  })
  void areThoseOfTheCpu(DType dtype, int m, int k, int n) {
    Tensor a = values(dtype, Shape.of(m, k), 0);
    Tensor b = values(dtype, Shape.of(n, k), 1);
    Tensor bias = values(dtype, Shape.of(n), 2);
    long before = Emulation.calls("cublasGemmEx");
    Tensor wanted = a.mm(b.t()).add(bias).relu();
    Tensor got = a.to(WITHOUT_BLAS).mm(b.to(WITHOUT_BLAS).t()).add(bias.to(WITHOUT_BLAS)).relu();
    double tolerance =
        switch (dtype) {
          case FLOAT64 -> 1e-12;
          case FLOAT32 -> 1e-4;
          default -> 0.15;
        };
    assertArrayEquals(wanted.toDoubleArray(), got.toDoubleArray(), tolerance);
    assertEquals(before, Emulation.calls("cublasGemmEx"));
  }
}
