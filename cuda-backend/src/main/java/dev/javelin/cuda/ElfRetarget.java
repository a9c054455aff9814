package dev.javelin.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Points a shared library at another major version of a library that it was linked with: `libcublas.so.12` becomes `libcublas.so.13`.
///
/// The name stands in the list of needed libraries and in the table of needed symbol versions, where the loader also compares a hash
/// of the version's name; NVIDIA names the version after the library. Linkers store the name once. The file keeps its length and its
/// layout: one byte of the name and one of the hash differ. Tables and constants are those of the System V ABI and the GNU
/// extensions for symbol versions, for 64-bit little-endian files.
final class ElfRetarget {
  private static final int MAGIC = 0x464c457f;
  private static final int HEADER_BYTES = 64;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int SHT_DYNSYM = 11;
  private static final int SYMBOL_BYTES = 24;
  private static final long DT_NULL = 0;
  private static final long DT_NEEDED = 1;
  private static final long DT_STRTAB = 5;
  private static final long DT_STRSZ = 10;
  private static final long DT_SONAME = 14;
  private static final long DT_RPATH = 15;
  private static final long DT_RUNPATH = 29;
  private static final long DT_VERDEF = 0x6ffffffcL;
  private static final long DT_VERNEED = 0x6ffffffeL;
  private static final long DT_VERNEEDNUM = 0x6fffffffL;

  /// An entry of the dynamic section.
  private record Entry(long tag, long value) {
    boolean isString() {
      return tag == DT_NEEDED || tag == DT_SONAME || tag == DT_RPATH || tag == DT_RUNPATH;
    }
  }

  private final ByteBuffer elf;
  private final List<Entry> dynamic = new ArrayList<>();
  private final int strings;
  private final int stringsEnd;

  /// Where in the string table the old name is spelled, and where every other string in use begins.
  private final Set<Integer> names = new HashSet<>();

  private final List<Integer> others = new ArrayList<>();

  private ElfRetarget(byte[] file) {
    elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    require(file.length >= HEADER_BYTES && elf.getInt(0) == MAGIC, "it is no ELF file");
    require(file[4] == 2 && file[5] == 1, "it is no 64-bit little-endian ELF file");
    int segment = segment(PT_DYNAMIC, 0, 0);
    require(segment >= 0, "it has no dynamic section");
    int at = offset(elf.getLong(segment + 8));
    long end = at + elf.getLong(segment + 32);
    for (; at + 16 <= end && elf.getLong(at) != DT_NULL; at += 16) {
      dynamic.add(new Entry(elf.getLong(at), elf.getLong(at + 8)));
    }
    strings = fileOffset(value(DT_STRTAB));
    stringsEnd = offset(strings + (long) offset(value(DT_STRSZ)));
  }

  /// A copy of a library that needs another version of one of those it needs.
  ///
  /// @param library the file
  /// @param from the name that it needs, such as `libcublas.so.12`
  /// @param to the name that it is to need, as long
  /// @throws IllegalArgumentException if this cannot be done without changing anything else
  static byte[] retarget(byte[] library, String from, String to) {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException(from + " and " + to + " are not of one length");
    }
    try {
      return new ElfRetarget(library.clone()).rename(from, to);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(refusal("the file is damaged"), e);
    }
  }

  /// The libraries that a library needs.
  ///
  /// @throws IllegalArgumentException if the file is damaged
  static List<String> needed(byte[] library) {
    try {
      var elf = new ElfRetarget(library);
      return elf.dynamic.stream()
          .filter(entry -> entry.tag == DT_NEEDED)
          .map(entry -> elf.string((int) entry.value))
          .toList();
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(refusal("the file is damaged"), e);
    }
  }

  private byte[] rename(String from, String to) {
    boolean needed = false;
    for (Entry entry : dynamic) {
      if (entry.tag == DT_NEEDED) {
        needed |= note((int) entry.value, from);
      } else if (entry.isString()) {
        others.add((int) entry.value);
      }
    }
    require(needed, "it does not need " + from);
    require(value(DT_VERDEF) < 0, "it defines versions of symbols");
    if (value(DT_VERNEED) >= 0) {
      versions(from, to);
    }
    symbols();
    byte[] replacement = to.getBytes(StandardCharsets.US_ASCII);
    for (int name : names) {
      requireUnshared(name, from.length());
      elf.put(strings + name, replacement);
    }
    return elf.array();
  }

  /// Walks the table of needed versions: a chain of libraries, each with a chain of versions.
  private void versions(String from, String to) {
    int library = fileOffset(value(DT_VERNEED));
    for (long rest = value(DT_VERNEEDNUM); rest > 0; rest--) {
      boolean ours = note(elf.getInt(library + 4), from);
      int version = next(library, elf.getInt(library + 8));
      for (int count = elf.getShort(library + 2) & 0xffff; count > 0; count--) {
        boolean same = note(elf.getInt(version + 8), from);
        require(same == ours, "it needs a version that is not named after its library");
        if (ours) {
          require(elf.getInt(version) == hash(from), "a hash is not that of its version");
          elf.putInt(version, hash(to));
        }
        version = count == 1 ? version : next(version, elf.getInt(version + 12));
      }
      library = rest == 1 ? library : next(library, elf.getInt(library + 12));
    }
  }

  /// Chains only lead on, so that they end.
  private int next(int at, int distance) {
    require(distance > 0, "a table of versions is damaged");
    return offset((long) at + distance);
  }

  private boolean note(int name, String from) {
    boolean same = string(name).equals(from);
    if (same) {
      names.add(name);
    } else {
      others.add(name);
    }
    return same;
  }

  /// The names of symbols share the table of strings.
  private void symbols() {
    int table = offset(elf.getLong(40));
    int size = elf.getShort(58) & 0xffff;
    int found = 0;
    for (int i = 0; i < (elf.getShort(60) & 0xffff); i++) {
      int section = offset(table + (long) i * size);
      if (elf.getInt(section + 4) == SHT_DYNSYM) {
        found++;
        require(found == 1, "it has several tables of dynamic symbols");
        int at = offset(elf.getLong(section + 24));
        int end = offset(at + (long) offset(elf.getLong(section + 32)));
        for (; at + SYMBOL_BYTES <= end; at += SYMBOL_BYTES) {
          others.add(elf.getInt(at));
        }
      }
    }
    require(found == 1, "it has no table of dynamic symbols");
  }

  /// A linker may let a string be the end of another one; then it must stay as it is.
  private void requireUnshared(int name, int length) {
    require(name > 0 && elf.get(strings + name - 1) == 0, "the name is the end of another string");
    for (int other : others) {
      require(other < name || other > name + length, "the name is used for something else");
    }
  }

  /// The hash of a name, as the tables of versions hold it.
  static int hash(String name) {
    int hash = 0;
    for (byte letter : name.getBytes(StandardCharsets.US_ASCII)) {
      hash = (hash << 4) + letter;
      int high = hash & 0xf0000000;
      hash = (hash ^ high >>> 24) & ~high;
    }
    return hash;
  }

  private String string(int at) {
    require(at >= 0 && at < stringsEnd - strings, "a string lies outside its table");
    int end = strings + at;
    while (elf.get(end) != 0) {
      end++;
    }
    return new String(elf.array(), strings + at, end - strings - at, StandardCharsets.ISO_8859_1);
  }

  /// The first value with a tag, -1 where there is none.
  private long value(long tag) {
    for (Entry entry : dynamic) {
      if (entry.tag == tag) {
        return entry.value;
      }
    }
    return -1;
  }

  /// Where in the file the byte is that is loaded at an address.
  private int fileOffset(long address) {
    int segment = segment(PT_LOAD, address, 1);
    require(segment >= 0, "an address is in no segment");
    return offset(address - elf.getLong(segment + 16) + elf.getLong(segment + 8));
  }

  /// The header of the first segment of a type that holds `bytes` from an address on, -1 where there is none.
  private int segment(int type, long address, int bytes) {
    int table = offset(elf.getLong(32));
    int size = elf.getShort(54) & 0xffff;
    for (int i = 0; i < (elf.getShort(56) & 0xffff); i++) {
      int header = offset(table + (long) i * size);
      long inside = address - elf.getLong(header + 16);
      if (elf.getInt(header) == type
          && (bytes == 0 || inside >= 0 && inside < elf.getLong(header + 32))) {
        return header;
      }
    }
    return -1;
  }

  private int offset(long value) {
    require(value >= 0 && value <= elf.capacity(), "an offset lies outside the file");
    return (int) value;
  }

  private static void require(boolean condition, String why) {
    if (!condition) {
      throw new IllegalArgumentException(refusal(why));
    }
  }

  private static String refusal(String why) {
    return "a library cannot be re-targeted: " + why;
  }
}
