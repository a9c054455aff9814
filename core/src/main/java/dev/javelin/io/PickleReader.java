package dev.javelin.io;

import static dev.javelin.io.PickleObjects.describe;

import dev.javelin.io.PickleObjects.Callable;
import dev.javelin.io.PickleObjects.Constant;
import dev.javelin.io.PickleObjects.Storage;
import dev.javelin.io.PickleObjects.StorageType;
import dev.javelin.io.PickleObjects.Tuple;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a pickle: runs its operations on a stack, as Python does, but knows only the objects of [PickleObjects].
///
/// Each operation takes time and memory in proportion to its length in the file at most, so a pickle does, too. A value can be
/// named many times, or be within itself: what uses the result must bear that.
final class PickleReader {
  /// More digits than any program's numbers; conversion takes time that grows faster than they do.
  private static final int MAX_INTEGER_BYTES = 1 << 10;

  private static final int MAX_NAME = 1 << 10;

  private final MemorySegment bytes;
  private final PickleObjects objects;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private long at;

  /// A reader.
  ///
  /// @param bytes the pickle
  /// @param objects what it may name
  PickleReader(MemorySegment bytes, PickleObjects objects) {
    this.bytes = bytes;
    this.objects = objects;
  }

  /// Reads all of it.
  ///
  /// @return the object: null, [Boolean], [Long], [BigInteger], [Double], [String], `byte[]`, [List], [Tuple], [Map], [Set],
  ///     [StoredTensor], [dev.javelin.kernels.Shape], [dev.javelin.kernels.DType]; or, of no use, another object
  /// @throws Defect if it is damaged or names what is not allowed
  Object read() throws Defect {
    int code = next();
    while (code != Pickle.STOP) {
      run(code);
      code = next();
    }
    if (stack.size() != 1 || !marks.isEmpty()) {
      throw new Defect(
          "is damaged: expected its pickle to end with one object, found " + stack.size());
    }
    return stack.getFirst();
  }

  private void run(int code) throws Defect {
    switch (code) {
      case Pickle.PROTO -> {
        int protocol = next();
        if (protocol > Pickle.MAX_PROTOCOL) {
          throw new Defect(
              "holds a pickle of protocol %s: expected at most %s"
                  .formatted(protocol, Pickle.MAX_PROTOCOL));
        }
      }
      case Pickle.FRAME -> integer(Long.BYTES); // only says how much to read at a time
      case Pickle.MARK -> marks.add(stack.size());
      case Pickle.POP -> pop();
      case Pickle.POP_MARK -> popMark();
      case Pickle.DUP -> push(top(Object.class));
      case Pickle.NONE -> push(null);
      case Pickle.NEWTRUE -> push(true);
      case Pickle.NEWFALSE -> push(false);
      case Pickle.BININT -> push((long) (int) integer(Integer.BYTES));
      case Pickle.BININT1 -> push(integer(1));
      case Pickle.BININT2 -> push(integer(Short.BYTES));
      case Pickle.LONG1 -> push(bigInteger(integer(1)));
      case Pickle.LONG4 -> push(bigInteger(integer(Integer.BYTES)));
      case Pickle.BINFLOAT -> push(Double.longBitsToDouble(Long.reverseBytes(integer(Long.BYTES))));
      case Pickle.BINUNICODE -> push(text(integer(Integer.BYTES), StandardCharsets.UTF_8));
      case Pickle.SHORT_BINUNICODE -> push(text(integer(1), StandardCharsets.UTF_8));
      case Pickle.BINUNICODE8 -> push(text(integer(Long.BYTES), StandardCharsets.UTF_8));
      // What Python 2 calls a string may hold anything; latin1 keeps all of it.
      case Pickle.BINSTRING -> push(text(integer(Integer.BYTES), StandardCharsets.ISO_8859_1));
      case Pickle.SHORT_BINSTRING -> push(text(integer(1), StandardCharsets.ISO_8859_1));
      case Pickle.BINBYTES -> push(take(integer(Integer.BYTES)));
      case Pickle.SHORT_BINBYTES -> push(take(integer(1)));
      case Pickle.BINBYTES8, Pickle.BYTEARRAY8 -> push(take(integer(Long.BYTES)));
      case Pickle.EMPTY_LIST -> push(new ArrayList<>());
      case Pickle.EMPTY_TUPLE -> push(new Tuple(List.of()));
      case Pickle.EMPTY_DICT -> push(new LinkedHashMap<>());
      case Pickle.EMPTY_SET -> push(new LinkedHashSet<>());
      case Pickle.APPEND -> {
        Object item = pop();
        list().add(item);
      }
      case Pickle.APPENDS -> {
        List<Object> items = popMark();
        list().addAll(items);
      }
      case Pickle.SETITEM -> {
        Object value = pop();
        Object key = pop();
        PickleObjects.put(dict(), key, value);
      }
      case Pickle.SETITEMS -> setItems(popMark());
      case Pickle.ADDITEMS -> addItems(popMark(), top(Set.class));
      case Pickle.FROZENSET -> {
        Set<Object> set = new LinkedHashSet<>();
        addItems(popMark(), set);
        push(set);
      }
      case Pickle.TUPLE -> push(new Tuple(popMark()));
      case Pickle.TUPLE1 -> pushTuple(1);
      case Pickle.TUPLE2 -> pushTuple(2);
      case Pickle.TUPLE3 -> pushTuple(3);
      case Pickle.BINGET -> push(recall(integer(1)));
      case Pickle.LONG_BINGET -> push(recall(integer(Integer.BYTES)));
      case Pickle.BINPUT -> memo.put(integer(1), top(Object.class));
      case Pickle.LONG_BINPUT -> memo.put(integer(Integer.BYTES), top(Object.class));
      case Pickle.MEMOIZE -> memo.put((long) memo.size(), top(Object.class));
      case Pickle.GLOBAL -> push(find(line(), line()));
      case Pickle.STACK_GLOBAL -> {
        Object name = pop();
        Object module = pop();
        if (!(module instanceof String first) || !(name instanceof String second)) {
          throw new Defect("is damaged: expected the name of an object, found " + describe(name));
        }
        push(find(first, second));
      }
      case Pickle.REDUCE, Pickle.NEWOBJ -> call();
      case Pickle.BUILD -> build();
      case Pickle.BINPERSID -> push(storage(pop()));
      default ->
          throw new Defect(
              "holds a pickle with the operation 0x%02x at byte %s, which PyTorch's files do not use"
                  .formatted(code, at - 1));
    }
  }

  // ---- bytes

  private void require(long count) throws Defect {
    if (count < 0 || count > bytes.byteSize() - at) {
      throw new Defect(
          "is damaged: expected %s more bytes in its pickle, found %s"
              .formatted(Long.toUnsignedString(count), bytes.byteSize() - at));
    }
  }

  private int next() throws Defect {
    require(1);
    return FileBytes.unsignedByte(bytes, at++);
  }

  /// An unsigned integer, least significant byte first; one of eight bytes may come out negative.
  private long integer(int count) throws Defect {
    require(count);
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (long) FileBytes.unsignedByte(bytes, at + i) << (8 * i);
    }
    at += count;
    return value;
  }

  private byte[] take(long count) throws Defect {
    require(count);
    if (count > Integer.MAX_VALUE - 8) {
      throw new Defect("holds a text of %s bytes, more than can be read".formatted(count));
    }
    byte[] taken = bytes.asSlice(at, count).toArray(ValueLayout.JAVA_BYTE);
    at += count;
    return taken;
  }

  private String text(long count, Charset charset) throws Defect {
    byte[] taken = take(count);
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(taken)).toString();
    } catch (CharacterCodingException e) {
      throw new Defect("is damaged: a text in its pickle is not UTF-8", e);
    }
  }

  private String line() throws Defect {
    long end = at;
    while (end < Math.min(bytes.byteSize(), at + MAX_NAME)
        && FileBytes.unsignedByte(bytes, end) != '\n') {
      end++;
    }
    String line = text(end - at, StandardCharsets.UTF_8);
    if (next() != '\n') {
      throw new Defect("is damaged: expected the name of an object, found no end of it");
    }
    return line;
  }

  private Number bigInteger(long count) throws Defect {
    if (count < 0 || count > MAX_INTEGER_BYTES) {
      throw new Defect(
          "holds an integer of %s bytes: expected at most %s".formatted(count, MAX_INTEGER_BYTES));
    }
    byte[] little = take(count);
    byte[] big = new byte[little.length + 1];
    big[0] = (byte) (little.length > 0 && little[little.length - 1] < 0 ? -1 : 0);
    for (int i = 0; i < little.length; i++) {
      big[little.length - i] = little[i];
    }
    BigInteger value = new BigInteger(big);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  // ---- stack

  private void push(Object object) {
    stack.add(object);
  }

  /// The lowest place that is not below a mark.
  private int floor() {
    return marks.isEmpty() ? 0 : marks.getLast();
  }

  private Object pop() throws Defect {
    requireStack(1);
    return stack.removeLast();
  }

  private void requireStack(int count) throws Defect {
    if (stack.size() - floor() < count) {
      throw new Defect("is damaged: its pickle takes an object where there is none");
    }
  }

  private List<Object> popMark() throws Defect {
    if (marks.isEmpty()) {
      throw new Defect("is damaged: its pickle ends a sequence that was not begun");
    }
    List<Object> above = stack.subList(marks.removeLast(), stack.size());
    List<Object> items = new ArrayList<>(above);
    above.clear();
    return items;
  }

  private <T> T top(Class<T> type) throws Defect {
    requireStack(1);
    Object top = stack.getLast();
    if (top != null && !type.isInstance(top) || top == null && type != Object.class) {
      throw new Defect(
          "is damaged: its pickle expects a %s, found %s"
              .formatted(type.getSimpleName(), describe(top)));
    }
    return type.cast(top);
  }

  @SuppressWarnings("unchecked") // every list on the stack is one of objects
  private List<Object> list() throws Defect {
    return top(List.class);
  }

  @SuppressWarnings("unchecked") // every map on the stack is one of objects
  private Map<Object, Object> dict() throws Defect {
    return top(Map.class);
  }

  private void pushTuple(int count) throws Defect {
    requireStack(count);
    List<Object> above = stack.subList(stack.size() - count, stack.size());
    Tuple tuple = new Tuple(new ArrayList<>(above));
    above.clear();
    push(tuple);
  }

  private void setItems(List<Object> items) throws Defect {
    if (items.size() % 2 != 0) {
      throw new Defect("is damaged: its pickle has a key without a value");
    }
    Map<Object, Object> dict = dict();
    for (int i = 0; i < items.size(); i += 2) {
      PickleObjects.put(dict, items.get(i), items.get(i + 1));
    }
  }

  @SuppressWarnings("unchecked") // every set on the stack is one of objects
  private static void addItems(List<Object> items, Set<?> target) throws Defect {
    Set<Object> set = (Set<Object>) target;
    for (Object item : items) {
      set.add(PickleObjects.key(item));
    }
  }

  private Object recall(long index) throws Defect {
    if (!memo.containsKey(index)) {
      throw new Defect(
          "is damaged: its pickle refers to object %s, which it does not hold".formatted(index));
    }
    return memo.get(index);
  }

  // ---- objects

  private Object find(String module, String name) throws Defect {
    return switch (objects.find(module + "." + name)) {
      case Constant(Object value) -> value;
      case Callable callable -> callable;
      case StorageType type -> type;
    };
  }

  private void call() throws Defect {
    Object arguments = pop();
    Object called = pop();
    if (!(called instanceof Callable callable)
        || !(arguments instanceof Tuple(List<Object> items))) {
      throw new Defect(
          "is damaged: its pickle calls %s with %s"
              .formatted(describe(called), describe(arguments)));
    }
    push(callable.function().call(items));
  }

  /// Attributes are set on state dicts only, which have one that says the versions of modules.
  private void build() throws Defect {
    Object state = pop();
    if (!(state instanceof Map) || !(top(Object.class) instanceof Map)) {
      throw new Defect(
          "is damaged: its pickle sets attributes of %s".formatted(describe(top(Object.class))));
    }
  }

  private static Storage storage(Object id) throws Defect {
    if (id instanceof Tuple(List<Object> items)
        && items.size() >= 5
        && "storage".equals(items.get(0))
        && items.get(1) instanceof StorageType(var dtype)
        && items.get(2) instanceof String key
        && items.get(4) instanceof Long count) {
      return new Storage(dtype, key, count);
    }
    throw new Defect("is damaged: expected the name of a storage, found " + describe(id));
  }
}
