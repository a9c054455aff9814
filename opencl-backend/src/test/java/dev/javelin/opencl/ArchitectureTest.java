package dev.javelin.opencl;

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
          .resideInAPackage("dev.javelin.opencl..")
          .and()
          .arePublic()
          .should()
          .implement(BackendProvider.class);

  @ArchTest
  static final ArchRule NATIVE_CALLS_ARE_FENCED =
      noClasses()
          .that()
          .resideInAPackage("dev.javelin.opencl..")
          .and()
          .doNotHaveSimpleName("ClNative")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker");

  @ArchTest
  static final ArchRule NOTHING_ELSE_KNOWS_OPENCL =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.javelin.opencl..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.javelin.opencl..", "org.lwjgl..");

  /// What has not seen that there is an OpenCL library must not make LWJGL look for one.
  @ArchTest
  static final ArchRule THE_PROVIDER_DOES_NOT_TOUCH_LWJGL =
      noClasses()
          .that()
          .haveSimpleNameStartingWith("OpenClBackendProvider")
          .or()
          .haveSimpleName("ClNative")
          .or()
          .haveSimpleName("Settings")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.lwjgl..");
}
