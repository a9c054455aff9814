package dev.javelin.opencl;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lwjgl.system.FunctionProviderLocal;
import org.lwjgl.system.MemoryUtil;

/// A vendor's driver used without an OpenCL loader: its functions are in the table that every object of it begins with, in the order
/// that the Khronos headers fix.
final class VendorDriver implements FunctionProviderLocal {
  /// In the place of the first function where a driver has a newer kind of table: "OPENCL31" in ASCII.
  private static final long OTHER_TABLE = 0x4F50454E434C3331L;

  private final Map<String, Long> functions = new HashMap<>();

  private VendorDriver() {}

  /// The functions of a driver.
  ///
  /// @param driver the library
  /// @return them, or empty where it is no OpenCL driver or has no device
  static Optional<FunctionProviderLocal> of(SymbolLookup driver) {
    var pointer = ValueLayout.ADDRESS;
    var integer = ValueLayout.JAVA_INT;
    Optional<MemorySegment> entry = driver.find("clGetExtensionFunctionAddress");
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle address =
          ClNative.function(entry.get(), FunctionDescriptor.of(pointer, pointer));
      MemorySegment getPlatforms =
          (MemorySegment) address.invokeExact(arena.allocateFrom("clIcdGetPlatformIDsKHR"));
      if (getPlatforms.equals(MemorySegment.NULL)) {
        return Optional.empty();
      }
      MethodHandle platforms =
          ClNative.function(
              getPlatforms, FunctionDescriptor.of(integer, integer, pointer, pointer));
      MemorySegment first = arena.allocate(pointer);
      MemorySegment count = arena.allocate(integer);
      int status = (int) platforms.invokeExact(1, first, count);
      if (status != 0 || count.get(integer, 0) == 0) {
        return Optional.empty();
      }
      List<String> names = names();
      MemorySegment platform = first.get(pointer, 0).reinterpret(pointer.byteSize());
      MemorySegment table = platform.get(pointer, 0).reinterpret(pointer.byteSize() * names.size());
      if (table.get(ValueLayout.JAVA_LONG, 0) == OTHER_TABLE) {
        return Optional.empty();
      }
      var found = new VendorDriver();
      for (int i = 0; i < names.size(); i++) {
        found.functions.put(names.get(i), table.getAtIndex(ValueLayout.JAVA_LONG, i));
      }
      found.functions.put("clGetPlatformIDs", getPlatforms.address());
      return Optional.of(found);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// The part of the table that every driver of OpenCL 1.2 has.
  private static List<String> names() {
    try (InputStream in = VendorDriver.class.getResourceAsStream("icd-dispatch.txt");
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the names of OpenCL's functions", e);
    }
  }

  @Override
  public long getFunctionAddress(ByteBuffer name) {
    return functions.getOrDefault(MemoryUtil.memASCII(MemoryUtil.memAddress(name)), 0L);
  }

  @Override
  public long getFunctionAddress(long handle, ByteBuffer name) {
    return getFunctionAddress(name);
  }
}
