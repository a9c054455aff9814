package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Tensor;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.ops.ActivationOps;
import dev.javelin.ops.AttentionOps;
import dev.javelin.ops.FunctionOps;
import dev.javelin.ops.IndexOps;
import dev.javelin.ops.LayerOps;
import dev.javelin.ops.LinalgOps;
import dev.javelin.ops.LogicOps;
import dev.javelin.ops.LossOps;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.OptimOps;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.RandomOps;
import dev.javelin.ops.RecurrentOps;
import dev.javelin.ops.ReduceOps;
import dev.javelin.ops.ScanOps;
import dev.javelin.ops.SortOps;
import dev.javelin.ops.SpecialOps;
import dev.javelin.ops.ViewOps;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Whether the table of samples has a row for everything there is.
class OpSamplesTest {
  private static final List<Class<?>> FAMILIES =
      List.of(
          ActivationOps.class,
          AttentionOps.class,
          FunctionOps.class,
          IndexOps.class,
          LayerOps.class,
          LinalgOps.class,
          LogicOps.class,
          LossOps.class,
          MatrixOps.class,
          NeuralOps.class,
          OptimOps.class,
          PointwiseOps.class,
          RandomOps.class,
          RecurrentOps.class,
          ReduceOps.class,
          ScanOps.class,
          SortOps.class,
          SpecialOps.class,
          ViewOps.class);

  /// Of the methods that give tensors, those that compute nothing of their own.
  private static final Set<String> NO_OPS =
      Set.of(
          "call",
          "grad",
          "data",
          "detach",
          "gradOf",
          "requiresGrad_",
          "retainGrad",
          "setData",
          "fold");

  private static Set<String> covered() {
    Set<String> covered = new HashSet<>(RandomConformance.COVERS);
    covered.addAll(CreationConformance.COVERS);
    OpSamples.all().forEach(sample -> covered.addAll(sample.covers()));
    return covered;
  }

  /// Which family a constant is in does not matter to a row.
  private static boolean isCovered(Set<String> covered, String member) {
    return FAMILIES.stream()
        .anyMatch(family -> covered.contains(family.getSimpleName() + "." + member));
  }

  @Test
  void everyElementwiseOpHasARow() throws IllegalAccessException {
    Set<String> missing = new TreeSet<>();
    Set<String> covered = covered();
    int count = 0;
    for (Class<?> family : FAMILIES) {
      for (var field : family.getFields()) {
        if (field.get(null) instanceof OpDef.Pointwise) {
          count++;
          if (!isCovered(covered, field.getName())) {
            missing.add(family.getSimpleName() + "." + field.getName());
          }
        }
      }
    }
    assertEquals(Set.of(), missing, "elementwise ops without a row in OpSamples");
    assertEquals(count, PointwiseOps.all().size(), "the table of elementwise ops");
  }

  @Test
  void everyComposedOpHasARow() {
    Set<String> missing = new TreeSet<>();
    Set<String> covered = covered();
    for (Class<?> family : FAMILIES) {
      for (Method method : family.getDeclaredMethods()) {
        boolean makesOps =
            OpDef.class.isAssignableFrom(method.getReturnType())
                && Modifier.isPublic(method.getModifiers());
        if (makesOps
            && !NO_OPS.contains(method.getName())
            && !isCovered(covered, method.getName())) {
          missing.add(family.getSimpleName() + "." + method.getName());
        }
      }
    }
    assertEquals(Set.of(), missing, "composed ops without a row in OpSamples");
  }

  @Test
  void everyFamilyIsLookedAt() throws IOException {
    Path folder = Path.of("../core/src/main/java/dev/javelin/ops");
    Set<String> families = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Ops.java"))
          .forEach(name -> families.add(name.substring(0, name.length() - ".java".length())));
    }
    Set<String> known = new TreeSet<>();
    FAMILIES.forEach(family -> known.add(family.getSimpleName()));
    assertEquals(families, known, "add the new family here, and rows for its ops to OpSamples");
  }

  @Test
  void everyFoldHasARow() {
    Set<String> missing = new TreeSet<>();
    Set<String> covered = covered();
    for (FoldOp fold : FoldOp.values()) {
      if (!covered.contains("FoldOp." + fold)) {
        missing.add(fold.toString());
      }
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void everyMethodOfTensorHasARow() {
    Set<String> missing = new TreeSet<>();
    Set<String> covered = covered();
    for (Method method : Tensor.class.getDeclaredMethods()) {
      boolean gives =
          method.getReturnType() == Tensor.class
              || method
                  .getGenericReturnType()
                  .getTypeName()
                  .equals("java.util.List<dev.javelin.Tensor>");
      if (gives
          && Modifier.isPublic(method.getModifiers())
          && !method.isSynthetic()
          && !NO_OPS.contains(method.getName())
          && !covered.contains("Tensor." + method.getName())) {
        missing.add(method.getName());
      }
    }
    assertEquals(Set.of(), missing, "methods of Tensor without a row in OpSamples");
  }

  @Test
  void rowsClaimOnlyWhatThereIs() {
    Set<String> wrong = new TreeSet<>();
    Set<String> methods = new HashSet<>();
    Arrays.stream(Tensor.class.getDeclaredMethods())
        .forEach(method -> methods.add(method.getName()));
    for (String name : covered()) {
      if (name.startsWith("Tensor.") && !methods.contains(name.substring("Tensor.".length()))) {
        wrong.add(name);
      }
    }
    assertEquals(Set.of(), wrong);
  }

  @Test
  void rowsAreComplete() {
    for (OpSample sample : OpSamples.all()) {
      assertTrue(!sample.cases().isEmpty(), sample.name() + " has no cases");
      assertTrue(!sample.dtypes().isEmpty(), sample.name() + " has no dtypes");
    }
    assertTrue(OpSamples.all().size() > 250, "rows: " + OpSamples.all().size());
  }
}
