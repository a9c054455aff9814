package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import java.lang.reflect.Constructor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RegistrationTest {
  static final class Empty extends Module {}

  static final class Taken extends Module {
    final Linear fc = new Linear(1, 1);
    final Parameter weight = new Parameter(Tensor.zeros(1));
    final Tensor constant = Tensor.zeros(1);
  }

  private final Module module = new Empty();

  private static void fails(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void nullParameterIsAllowed() {
    module.registerParameter("bias", null);
    assertEquals(List.of(), module.parameters());
    assertEquals(0, module.stateDict().size());
  }

  @Test
  void byHandWithOtherNames() {
    class Named extends Module {
      final Linear linear = registerModule("dense", new Linear(1, 1, false));
      final Parameter factor = registerParameter("W_q", new Parameter(Tensor.zeros(1)));
    }
    Named named = new Named();
    assertEquals(List.of("W_q", "dense.weight"), List.copyOf(named.namedParameters().keySet()));
    assertSame(named.linear, named.namedChildren().get("dense"));
    assertSame(named.factor, named.parameters().getFirst());
  }

  @Test
  void registeringAgainReplaces() {
    module.registerParameter("w", new Parameter(Tensor.zeros(1)));
    Parameter other = new Parameter(Tensor.zeros(1));
    module.registerParameter("w", other);
    assertSame(other, module.parameters().getFirst());
  }

  @Test
  void notAParameter() {
    fails(
        "cannot assign 'Tensor' object to parameter 'weight' (Parameter or None required)",
        () -> module.registerParameter("weight", Tensor.zeros(1)));
    fails(
        "cannot assign 'Conv2d' object to parameter 'weight' (Parameter or None required)",
        () -> module.registerParameter("weight", new Conv2d(1, 1, 1)));
  }

  @Test
  void nonLeaf() {
    String message =
        "Cannot assign non-leaf Tensor to parameter 'w'. Model parameters must be created"
            + " explicitly. To express 'w' as a function of another Tensor, compute the value in"
            + " the forward() method.";
    Parameter other = new Parameter(Tensor.ones(1));
    fails(message, () -> module.registerParameter("w", other.mul(2)));
    Parameter frozen = new Parameter(Tensor.ones(1), false);
    frozen.mul_(other);
    fails(message, () -> module.registerParameter("w", frozen));
  }

  @Test
  void names() {
    Parameter parameter = new Parameter(Tensor.zeros(1));
    Module layer = new Linear(1, 1);
    Tensor buffer = Tensor.zeros(1);
    fails(
        "parameter name can't be empty string \"\"", () -> module.registerParameter("", parameter));
    fails("parameter name can't contain \".\"", () -> module.registerParameter("a.b", parameter));
    fails("module name can't be empty string \"\"", () -> module.registerModule("", layer));
    fails("module name can't contain \".\", got: a.b", () -> module.registerModule("a.b", layer));
    fails("buffer name can't be empty string \"\"", () -> module.registerBuffer("", buffer));
    fails("buffer name can't contain \".\"", () -> module.registerBuffer("a.b", buffer));
  }

  @Test
  void taken() {
    Taken taken = new Taken();
    Parameter parameter = new Parameter(Tensor.zeros(1));
    fails("attribute 'fc' already exists", () -> taken.registerParameter("fc", parameter));
    fails("attribute 'weight' already exists", () -> taken.registerParameter("weight", parameter));
    fails(
        "attribute 'constant' already exists",
        () -> taken.registerParameter("constant", parameter));
    fails(
        "attribute 'weight' already exists",
        () -> taken.registerModule("weight", new Linear(1, 1)));
    taken.registerBuffer("mean", Tensor.zeros(1));
    fails("attribute 'mean' already exists", () -> taken.registerParameter("mean", parameter));
    fails("attribute 'mean' already exists", () -> taken.registerModule("mean", new Linear(1, 1)));
  }

  @Test
  void fieldsOfTheSameName() {
    class Both extends Module {
      final Linear fcOne = new Linear(1, 1);
      final Linear fc_one = new Linear(1, 1);
    }
    Both both = new Both();
    assertEquals(false, both.fcOne == both.fc_one);
    fails("attribute 'fc_one' already exists", both::parameters);
  }

  /// Java cannot forget the constructor of the superclass, but mocks and deserialisers do without it.
  @Test
  void beforeTheModuleIsInitialised() throws ReflectiveOperationException {
    // By reflection, for the compiler warns of it by name.
    Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
    Object instance = factory.getMethod("getReflectionFactory").invoke(null);
    Constructor<?> constructor =
        (Constructor<?>)
            factory
                .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(instance, Empty.class, Object.class.getConstructor());
    Module raw = (Module) constructor.newInstance();
    Parameter parameter = new Parameter(Tensor.zeros(1));
    assertEquals(
        "cannot assign parameter before Module.__init__() call",
        assertThrows(IllegalStateException.class, () -> raw.registerParameter("w", parameter))
            .getMessage());
    assertThrows(IllegalStateException.class, () -> raw.registerModule("m", new Linear(1, 1)));
    assertThrows(IllegalStateException.class, () -> raw.registerBuffer("b", Tensor.zeros(1)));
  }

  @Test
  void parameterNeedsFloats() {
    Tensor whole = Tensor.of(new long[] {1});
    assertThrows(IllegalArgumentException.class, () -> new Parameter(whole));
    assertEquals(1, new Parameter(whole, false).itemLong());
  }

  @Test
  void parameterSharesTheMemoryOfItsData() {
    Tensor data = Tensor.zeros(2);
    Parameter parameter = new Parameter(data);
    Javelin.noGrad(() -> parameter.add_(1));
    assertEquals(List.of(1f, 1f), ModuleTest.floats(data));
  }
}
