package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that PyTorch and NumPy wrote: see `make_fixtures.py` beside them.
class ForeignFilesTest {
  private static String shown(String fixture) {
    return Shown.file(Shown.fixture(fixture));
  }

  private static String refusal(String fixture) {
    Path file = Shown.fixture(fixture);
    String message = assertThrows(FormatException.class, () -> Shown.file(file)).getMessage();
    return message.substring(file.toString().length() + 1);
  }

  @Test
  void x() {
    for (String s : new String[] {"dtypes.pt", "shared.pt", "nested.pt", "nested4.pt", "module.pth", "run.pt", "parameter.pt", "stored.npz", "deflated.npz", "list.npz", "b1.npy", "fortran.npy", "big-fortran.npy", "scalar.npy", "empty.npy", "vector.npy", "version2.npy", "version3.npy", "big-f2.npy"}) System.out.println(s + ": " + shown(s));
    for (String s : new String[] {"refused-model.pt","refused-old.pt","refused-complex.pt","refused-numpy.pt","refused-script.pt","refused-object.npy","refused-text.npy","refused-complex.npy","refused-unsigned.npy","refused-records.npy"}) System.out.println(s + ": " + refusal(s));
  }
}
