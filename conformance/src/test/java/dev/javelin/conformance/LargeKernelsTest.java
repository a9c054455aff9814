package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.c.CDialect;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Target;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The texts for every size that the suites have: the emulated devices run small ones only, and a large GPU cuts work up in other ways.
final class LargeKernelsTest {
  private static final Target GPU = new Target(CDialect.CUDA, false, 132);
  private static final Pattern FUNCTION = Pattern.compile("(?m)^KERNEL\\(");
  private static final Pattern RESULT = Pattern.compile("\\bf\\d+\\b");

  @Test
  void useNoResultThatIsNotFolded() {
    Device collector = Devices.get("collector");
    for (OpSample sample : OpSamples.all()) {
      DType dtype = sample.dtypes().getFirst();
      for (List<Input> inputs : sample.cases()) {
        for (Lay lay : List.of(Lay.CONTIGUOUS, Lay.TRANSPOSED)) {
          SplittableRandom random = new SplittableRandom(1);
          try (Scope _ = Scope.open()) {
            Tensor[] tensors =
                inputs.stream()
                    .map(in -> lay.tensor(in.draw(random, dtype), in.dtype(dtype), collector))
                    .toArray(Tensor[]::new);
            Tensor _ = sample.call().apply(tensors);
          }
        }
      }
    }
    Set<String> texts = new TreeSet<>();
    Collector.take().forEach(kernel -> texts.add(CSource.of(kernel, GPU).text()));
    assertTrue(texts.size() > 1000, texts.size() + " texts");
    for (String text : texts) {
      for (String function : FUNCTION.split(text, -1)) {
        assertEquals(Set.of(), undeclared(function), text);
      }
    }
  }

  /// The results that a function names without having declared them.
  private static Set<String> undeclared(String function) {
    Set<String> names = new TreeSet<>();
    Matcher used = RESULT.matcher(function);
    while (used.find()) {
      names.add(used.group());
    }
    names.removeIf(name -> function.contains(" " + name + " = "));
    return names;
  }
}
