package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that PyTorch and NumPy wrote: see `make_fixtures.py` beside them.
class ForeignFilesTest {
  private static String shown(String fixture) {
    return Shown.file(Shown.fixture(fixture));
  }

  @Test
  void dtypesOfPyTorch() {
    assertEquals(
        "{bool=bool[3] of 0 {0 1 1}, uint8=uint8[3] of 1 {0 1 3}, int8=int8[3] of 2 {0 1 3},"
            + " int16=int16[3] of 3 {0 1 3}, int32=int32[3] of 4 {0 1 3},"
            + " int64=int64[3] of 5 {0 1 3}, float16=float16[3] of 6 {0.0 1.0 3.0},"
            + " bfloat16=bfloat16[3] of 7 {0.0 1.0 3.0}, float32=float32[3] of 8 {0.0 1.0 3.0},"
            + " float64=float64[3] of 9 {0.0 1.0 3.0}}",
        shown("dtypes.pt"));
  }

  @Test
  void storagesSharedByTensorsOfPyTorch() {
    assertEquals(
        "[float32[3, 4] of 0 {0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0 11.0},"
            + " float32[4]@4[1] of 0 {4.0 5.0 6.0 7.0},"
            + " float32[4, 3]@0[1, 4] of 0 {0.0 4.0 8.0 1.0 5.0 9.0 2.0 6.0 10.0 3.0 7.0 11.0},"
            + " float32[2, 2]@5[4, 2] of 0 {5.0 7.0 9.0 11.0},"
            + " float32[5, 4]@8[0, 1] of 0 {"
            + "8.0 9.0 10.0 11.0 ".repeat(5).strip()
            + "}, float32[0, 3] of 1 {}, int64[] of 2 {7}]",
        shown("shared.pt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nested.pt", "nested4.pt"})
  void containersOfPyTorch(String fixture) {
    String integers =
        "[0, -1, 255, 65535, 2147483647, -2147483648, 2147483648, -9223372036854775808,"
            + " 9223372036854775808, -1267650600228229401496703205376]";
    assertEquals(
        "{none=null, true=true, false=false, ints="
            + integers
            + ", floats=[1.5, Infinity, -0.0], text=\u4e2d\ud83d\ude00\n, long="
            + "x".repeat(300)
            + ", bytes=bytes[0, -1], set=[3], size=[2, 3], device=cuda:1, dtype=dtype bfloat16,"
            + " ordered={b=1, a=[[], [], {}]}, 7=number, same="
            + integers
            + "}",
        shown(fixture));
  }

  @Test
  void parametersOfPyTorch() {
    assertEquals(
        "[parameter grad float32[2] of 0 {1.0 1.0}, parameter float32[1] of 1 {1.0},"
            + " grad float32[2] of 2 {0.0 0.0}]",
        shown("parameter.pt"));
  }

  @Test
  void stateDictsOfPyTorch() {
    String module = shown("module.pth");
    assertTrue(module.startsWith("{0.weight=float32[2, 3] of 0 {0.2974873483181 "), module);
    assertTrue(module.contains(", 0.bias=float32[2] of 1 {"), module);
    assertTrue(module.endsWith(", 1.num_batches_tracked=int64[] of 6 {1}}"), module);
    String run = shown("run.pt");
    assertTrue(run.startsWith("{epoch=3, model=" + module + ", optimizer={state={0={step="), run);
    assertTrue(
        run.contains("exp_avg=float32[2] of 17 {0.4000000059604645 0.4000000059604645}"), run);
    assertTrue(run.contains("param_groups=[{lr=0.25, betas=[0.9, 0.999], eps=1.0E-8, "), run);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "b1           ~ bool[2, 3] of 0 {0 1 1 1 1 1}",
        "u1           ~ uint8[2, 3] of 0 {0 1 2 3 4 5}",
        "i1           ~ int8[2, 3] of 0 {0 1 2 3 4 5}",
        "i2           ~ int16[2, 3] of 0 {0 1 2 3 4 5}",
        "i4           ~ int32[2, 3] of 0 {0 1 2 3 4 5}",
        "i8           ~ int64[2, 3] of 0 {0 1 2 3 4 5}",
        "f2           ~ float16[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "f4           ~ float32[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "f8           ~ float64[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "big-i2       ~ int16[2, 3] of 0 {0 1 2 3 4 5}",
        "big-i8       ~ int64[2, 3] of 0 {0 1 2 3 4 5}",
        "big-f2       ~ float16[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "big-f4       ~ float32[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "big-f8       ~ float64[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "fortran      ~ float32[2, 3]@0[1, 2] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "big-fortran  ~ int32[2, 3]@0[1, 2] of 0 {0 1 2 3 4 5}",
        "scalar       ~ float32[] of 0 {2.5}",
        "empty        ~ float32[0, 3] of 0 {}",
        "vector       ~ int64[3] of 0 {0 1 2}",
        "version2     ~ float32[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
        "version3     ~ float32[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}",
      })
  void arraysOfNumpy(String fixture, String expected) {
    assertEquals(expected, shown(fixture + ".npy"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "deflated.npz"})
  void archivesOfNumpy(String fixture) {
    assertEquals(
        "{w=float32[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}, layer.b=float64[100] of 1 {"
            + "0.0 ".repeat(100).strip()
            + "}, t=int16[3, 2]@0[1, 3] of 2 {0 3 1 4 2 5}, s=int64[] of 3 {3}}",
        shown(fixture));
  }

  @Test
  void listsOfNumpy() {
    assertEquals(
        "{arr_0=float32[1] of 0 {1.0}, arr_1=float32[2] of 1 {1.0 1.0}}", shown("list.npz"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "model.pt     ~ holds a Python object \"torch.nn.modules.linear.Identity\", which is"
            + " refused: to load it could run a program; only tensors, parameters, numbers, text"
            + " and plain containers are read, so save a state_dict instead",
        "numpy.pt     ~ holds a Python object \"numpy.core.multiarray.scalar\", which is refused:"
            + " to load it could run a program; only tensors, parameters, numbers, text and plain"
            + " containers are read, so save a state_dict instead",
        "old.pt       ~ is of the format that PyTorch used before version 1.6: expected a zip"
            + " archive; load it in Python and save it again",
        "complex.pt   ~ holds a tensor of the type \"torch.ComplexFloatStorage\", which Javelin"
            + " does not have: expected one of bfloat16, bool, float16, float32, float64, int16,"
            + " int32, int64, int8, uint8; convert it in Python",
        "script.pt    ~ is a TorchScript program: expected a checkpoint; load it in Python and save"
            + " its state_dict",
        "object.npy   ~ holds elements of NumPy's type \"|O\": Python objects, which are pickled"
            + " and could run code; save numbers instead",
        "text.npy     ~ holds elements of NumPy's type \"<U1\": strings, which are no numbers",
        "complex.npy  ~ holds elements of NumPy's type \"<c8\": complex numbers, which Javelin has"
            + " no type for; save .real and .imag apart",
        "unsigned.npy ~ holds elements of NumPy's type \"<u4\": unsigned integers, which Javelin"
            + " has only of 8 bits; convert with astype",
        "records.npy  ~ holds records of several fields, which are no tensor; save each field",
      })
  void whatIsRefused(String fixture, String expected) {
    Path file = Shown.fixture("refused-" + fixture);
    assertEquals(
        file + " " + expected,
        assertThrows(FormatException.class, () -> Shown.file(file)).getMessage());
  }

  @Test
  void safetensorsOfItsOwnLibrary() {
    String text = shown("numpy.safetensors");
    for (String dtype : new String[] {"float16", "float32", "float64"}) {
      assertTrue(
          text.matches(".*\\b" + dtype + "=" + dtype + "\\[2, 3].*\\{0.0 1.0 2.0 3.0 4.0 5.0}.*"),
          text);
    }
    for (String dtype : new String[] {"uint8", "int8", "int16", "int32", "int64"}) {
      assertTrue(text.matches(".*\\b" + dtype + "=" + dtype + "\\[2, 3].*\\{0 1 2 3 4 5}.*"), text);
    }
    assertTrue(text.contains("bool=bool[2, 3] of "), text);
    assertTrue(text.contains("scalar=float32[] of "), text);
    assertTrue(text.contains("empty=float32[0, 3] of "), text);
    assertEquals(
        "{x=bfloat16[2, 3] of 0 {0.0 1.0 2.0 3.0 4.0 5.0}}", shown("bfloat16.safetensors"));
  }
}
