package dev.javelin.io;

import dev.javelin.Device;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Writes a pickle of protocol 2, as `torch.save` does.
final class PickleWriter {
  /// A tensor to be written.
  ///
  /// @param key the name of its storage
  /// @param dtype the type of its elements
  /// @param numel how many elements the storage has
  /// @param view where in the storage it lies
  /// @param requiresGrad whether it records gradients
  /// @param parameter whether it is a parameter
  record Stored(
      String key, DType dtype, long numel, View view, boolean requiresGrad, boolean parameter) {}

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Function<Object, Stored> tensors;

  private PickleWriter(Function<Object, Stored> tensors) {
    this.tensors = tensors;
  }

  /// Writes an object.
  ///
  /// @param value the object, of what [PickleReader] reads, and with tensors
  /// @param tensors says of an object how it is stored, null if it is no tensor
  /// @return the bytes
  /// @throws IllegalArgumentException if it holds what cannot be written
  static byte[] write(Object value, Function<Object, Stored> tensors) {
    PickleWriter writer = new PickleWriter(tensors);
    writer.out.write(Pickle.PROTO);
    writer.out.write(2);
    writer.value(value);
    writer.out.write(Pickle.STOP);
    return writer.out.toByteArray();
  }

  private void value(Object value) {
    switch (value) {
      case null -> out.write(Pickle.NONE);
      case Boolean flag -> out.write(flag ? Pickle.NEWTRUE : Pickle.NEWFALSE);
      case Byte number -> integer(number);
      case Short number -> integer(number);
      case Integer number -> integer(number);
      case Long number -> integer(number);
      case BigInteger number -> bigInteger(number);
      case Float number -> real(number);
      case Double number -> real(number);
      case String text -> text(text);
      case byte[] bytes -> bytes(bytes);
      case Map<?, ?> map -> dict(map);
      case Set<?> set -> set(set);
      case List<?> list -> list(list);
      case Shape shape -> call("torch", "Size", () -> tuple(shape.toArray()));
      case DType dtype -> global("torch", dtype.toString());
      case Device device -> call("torch", "device", () -> text(device.name()));
      default -> tensor(value);
    }
  }

  private void integer(long value) {
    if (value == (int) value) {
      out.write(Pickle.BININT);
      number((int) value);
    } else {
      bigInteger(BigInteger.valueOf(value));
    }
  }

  private void bigInteger(BigInteger value) {
    byte[] big = value.toByteArray();
    if (big.length > 255) {
      throw new IllegalArgumentException(
          "save: expected an integer of at most 255 bytes, got " + big.length);
    }
    out.write(Pickle.LONG1);
    out.write(big.length);
    for (int i = big.length - 1; i >= 0; i--) {
      out.write(big[i]);
    }
  }

  private void real(double value) {
    out.write(Pickle.BINFLOAT);
    out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
  }

  private void number(int value) {
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private void text(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "save: " + Defect.quoted(text) + " holds half a character, which cannot be written");
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(Pickle.BINUNICODE);
    number(bytes.length);
    out.writeBytes(bytes);
  }

  /// Protocol 2 knows no bytes: they are spelt as text, as Python does it.
  private void bytes(byte[] bytes) {
    call(
        "_codecs",
        "encode",
        () -> {
          text(new String(bytes, StandardCharsets.ISO_8859_1));
          text("latin1");
        });
  }

  private void list(Collection<?> items) {
    out.write(Pickle.EMPTY_LIST);
    out.write(Pickle.MARK);
    items.forEach(this::value);
    out.write(Pickle.APPENDS);
  }

  private void set(Set<?> items) {
    call("__builtin__", "set", () -> list(items));
  }

  private void dict(Map<?, ?> entries) {
    out.write(Pickle.EMPTY_DICT);
    out.write(Pickle.MARK);
    entries.forEach(
        (key, item) -> {
          value(key);
          value(item);
        });
    out.write(Pickle.SETITEMS);
  }

  private void tuple(long... numbers) {
    out.write(Pickle.MARK);
    for (long number : numbers) {
      integer(number);
    }
    out.write(Pickle.TUPLE);
  }

  private void global(String module, String name) {
    out.write(Pickle.GLOBAL);
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void call(String module, String name, Runnable arguments) {
    global(module, name);
    out.write(Pickle.MARK);
    arguments.run();
    out.write(Pickle.TUPLE);
    out.write(Pickle.REDUCE);
  }

  private void emptyOrderedDict() {
    call("collections", "OrderedDict", () -> {});
  }

  private void tensor(Object value) {
    Stored stored = tensors.apply(value);
    if (stored == null) {
      throw new IllegalArgumentException(
          "save: expected tensors, numbers, text, and lists, sets and maps of them, got a "
              + value.getClass().getName());
    }
    if (!stored.parameter) {
      plainTensor(stored, stored.requiresGrad);
      return;
    }
    call(
        "torch._utils",
        "_rebuild_parameter",
        () -> {
          plainTensor(stored, false);
          value(stored.requiresGrad);
          emptyOrderedDict();
        });
  }

  private void plainTensor(Stored stored, boolean requiresGrad) {
    call(
        "torch._utils",
        "_rebuild_tensor_v2",
        () -> {
          storage(stored);
          integer(stored.view.offset());
          tuple(stored.view.shape().toArray());
          tuple(stored.view.strides());
          value(requiresGrad);
          emptyOrderedDict();
        });
  }

  private void storage(Stored stored) {
    out.write(Pickle.MARK);
    text("storage");
    global("torch", PickleObjects.storageName(stored.dtype));
    text(stored.key);
    // Whatever device it was on, it can be loaded where that is missing.
    text("cpu");
    integer(stored.numel);
    out.write(Pickle.TUPLE);
    out.write(Pickle.BINPERSID);
  }
}
