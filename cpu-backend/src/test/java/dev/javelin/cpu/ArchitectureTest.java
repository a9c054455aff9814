package dev.javelin.cpu;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.javelin.backend.BackendProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Who may depend on whom, who may use what is dangerous, and how large a file may be.
@AnalyzeClasses(packages = "dev.javelin", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final int LINES = 500;

  @ArchTest
  static final ArchRule KERNELS_KNOW_NOTHING =
      noClasses()
          .that()
          .resideInAPackage("dev.javelin.kernels..")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are Javelin's, outside kernels",
                  type ->
                      type.getPackageName().startsWith("dev.javelin")
                          && !type.getPackageName().startsWith("dev.javelin.kernels")));

  @ArchTest
  static final ArchRule CORE_KNOWS_NO_BACKEND =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.javelin",
              "dev.javelin.amp..",
              "dev.javelin.engine..",
              "dev.javelin.ops..",
              "dev.javelin.nn..",
              "dev.javelin.optim..",
              "dev.javelin.data..",
              "dev.javelin.io..",
              "dev.javelin.backend..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.javelin.cpu..", "dev.javelin.conformance..");

  @ArchTest
  static final ArchRule THE_BACKEND_SHOWS_ONLY_ITS_PROVIDER =
      classes()
          .that()
          .resideInAPackage("dev.javelin.cpu..")
          .and()
          .arePublic()
          .should()
          .implement(BackendProvider.class);

  @ArchTest
  static final ArchRule THE_VECTOR_API_IS_FENCED =
      noClasses()
          .that()
          .haveSimpleNameNotStartingWith("Vector")
          .and()
          .haveSimpleNameNotEndingWith("VectorGemm")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator.vector..");

  @ArchTest
  static final ArchRule SUMS_HAVE_AN_ORDER =
      noClasses()
          .that()
          .doNotHaveSimpleName("VectorFolds")
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "reduces lanes", call -> call.getTarget().getName().equals("reduceLanes")))
          .because(
              "the JIT's sum has another order than the interpreter's; in VectorFolds it is a"
                  + " maximum");

  @ArchTest
  static final ArchRule VECTORS_ARE_THE_PROCESSORS =
      noClasses()
          .should()
          .accessFieldWhere(
              DescribedPredicate.describe(
                  "is a species of a fixed size",
                  access -> access.getTarget().getName().matches("SPECIES_[0-9]+")))
          .because("vectors that a processor has not are a hundred times slower than plain loops");

  @ArchTest
  static final ArchRule TRANSPOSITIONS_ASK_FOR_VECTORS =
      noClasses()
          .that()
          .doNotHaveSimpleName("Transposition")
          .and()
          .doNotHaveSimpleName("VectorTranspose")
          .should()
          .dependOnClassesThat()
          .haveSimpleName("VectorTranspose")
          .because(
              "Transposition looks first whether there is the Vector API, and whether it is on");

  @ArchTest
  static final ArchRule NATIVE_CALLS_ARE_FENCED =
      noClasses()
          .that()
          .doNotHaveSimpleName("DnnlFunctions")
          .and()
          .doNotHaveSimpleName("DnnlLibrary")
          .and()
          .doNotHaveSimpleName("NativeMemory")
          .and()
          .doNotHaveSimpleName("Signals")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker");

  @Test
  void noFileIsTooLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : sources()) {
      long lines;
      try (Stream<String> text = Files.lines(file)) {
        lines = text.count();
      }
      if (lines > LINES && !file.endsWith("dev/javelin/Tensor.java")) {
        tooLong.add(file.getFileName() + ": " + lines);
      }
    }
    assertEquals(List.of(), tooLong, "a class of more than 500 lines does too much: split it");
  }

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    List<Path> silent = new ArrayList<>();
    for (Path file : sources()) {
      Path folder = file.getParent();
      boolean isPackage = !file.endsWith("module-info.java");
      if (isPackage && !Files.exists(folder.resolve("package-info.java"))) {
        silent.add(folder);
      }
    }
    assertEquals(List.of(), silent);
  }

  private static List<Path> sources() throws IOException {
    Path root = Path.of("").toAbsolutePath().getParent();
    List<Path> files = new ArrayList<>();
    for (String module :
        List.of(
            "kernels",
            "core",
            "cpu-backend",
            "opencl-backend",
            "conformance",
            "examples",
            "benchmarks")) {
      try (Stream<Path> found = Files.walk(root.resolve(module).resolve("src/main/java"))) {
        found.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
      }
    }
    assertTrue(files.size() > 100, "the sources of all modules must be found");
    return files;
  }
}
