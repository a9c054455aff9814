package dev.javelin.cuda;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.javelin.backend.BackendProvider;

/// What this backend shows, and who in it may use what is dangerous.
@AnalyzeClasses(packages = "dev.javelin", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule THE_BACKEND_SHOWS_ONLY_ITS_PROVIDER =
      classes()
          .that()
          .resideInAPackage("dev.javelin.cuda..")
          .and()
          .arePublic()
          .should()
          .implement(BackendProvider.class);

  @ArchTest
  static final ArchRule NATIVE_CALLS_ARE_FENCED =
      noClasses()
          .that()
          .resideInAPackage("dev.javelin.cuda..")
          .and()
          .doNotHaveSimpleName("CudaNative")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker");

  @ArchTest
  static final ArchRule NOTHING_ELSE_KNOWS_CUDA =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.javelin.cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.javelin.cuda..", "jcuda..");

  /// JCuda's loader must not run before there is something to load.
  @ArchTest
  static final ArchRule LOOKING_FOR_LIBRARIES_DOES_NOT_TOUCH_JCUDA =
      noClasses()
          .that()
          .haveSimpleNameStartingWith("CudaBackendProvider")
          .or()
          .haveSimpleName("CudaNative")
          .or()
          .haveSimpleName("LibrarySearch")
          .or()
          .haveSimpleName("Settings")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jcuda..");
}
