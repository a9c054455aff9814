package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Libraries that are to need another version of a library, made by the compiler and as JCuda brings them.
@EnabledOnOs(OS.LINUX)
@EnabledIf("dev.javelin.cuda.Gcc#isToRun")
final class ElfRetargetTest {
  private static final String FROM = "libother.so.12";
  private static final String TO = "libother.so.13";

  @TempDir private Path folder;

  /// A library of a name, whose functions have that name as their version.
  private Path other(String name, int answer) throws Exception {
    Path map = Files.writeString(folder.resolve(name + ".map"), name + " { global: *; };\n");
    return Gcc.compile(
        Files.createDirectories(folder.resolve("libs")).resolve(name),
        "int answer(void) { return " + answer + "; }\n",
        "-Wl,-soname," + name,
        "-Wl,--version-script=" + map);
  }

  private byte[] user(String source, String... options) throws Exception {
    Path other = other(FROM, 12);
    String[] all = new String[options.length + 1];
    System.arraycopy(options, 0, all, 0, options.length);
    all[options.length] = other.toString();
    Path user = Gcc.compile(folder.resolve("libuser.so"), source, all);
    return Files.readAllBytes(user);
  }

  private byte[] user() throws Exception {
    return user("int answer(void); int ask(void) { return answer(); }\n");
  }

  private static byte[] real(String library) throws IOException {
    String name = "/lib/lib" + library + "-12.6.0-linux-x86_64.so";
    try (InputStream in = ElfRetargetTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static int differences(byte[] a, byte[] b) {
    assertEquals(a.length, b.length);
    int count = 0;
    for (int i = 0; i < a.length; i++) {
      count += a[i] == b[i] ? 0 : 1;
    }
    return count;
  }

  @Test
  void theLinkerTakesTheOtherVersion() throws Exception {
    byte[] library = user();
    other(TO, 13);
    Path changed = folder.resolve("libchanged.so");
    Files.write(changed, ElfRetarget.retarget(library, FROM, TO));
    // Preloaded as NVIDIA's libraries are: the linker finds it by its name.
    assertTrue(CudaNative.open(folder.resolve("libs").resolve(TO).toString()).isPresent());
    var functions = CudaNative.open(changed.toString()).orElseThrow();
    assertEquals(13, CudaNative.call(functions, "ask", 0));
    assertEquals(
        List.of(TO),
        ElfRetarget.needed(Files.readAllBytes(changed)).stream()
            .filter(name -> name.startsWith("libother"))
            .toList());
  }

  @Test
  void changesTwoBytesAndBackAgain() throws Exception {
    byte[] library = user();
    byte[] changed = ElfRetarget.retarget(library, FROM, TO);
    assertEquals(2, differences(library, changed));
    assertArrayEquals(library, ElfRetarget.retarget(changed, TO, FROM));
  }

  @ParameterizedTest
  @CsvSource({"JNvrtc, libnvrtc.so.", "JCublas2, libcublas.so."})
  void theLibrariesOfJCuda(String name, String needs) throws Exception {
    byte[] library = real(name);
    assertTrue(ElfRetarget.needed(library).contains(needs + 12));
    byte[] changed = ElfRetarget.retarget(library, needs + 12, needs + 13);
    assertEquals(2, differences(library, changed));
    assertTrue(ElfRetarget.needed(changed).contains(needs + 13));
    assertArrayEquals(library, ElfRetarget.retarget(changed, needs + 13, needs + 12));
  }

  @Test
  void aLibraryWithoutVersions() throws Exception {
    Path other =
        Gcc.compile(
            folder.resolve(FROM), "int answer(void) { return 1; }\n", "-Wl,-soname," + FROM);
    Path user =
        Gcc.compile(
            folder.resolve("libuser.so"),
            "int answer(void); int ask(void) { return answer(); }\n",
            other.toString());
    byte[] library = Files.readAllBytes(user);
    assertEquals(1, differences(library, ElfRetarget.retarget(library, FROM, TO)));
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    byte[] library = user();
    refused("are not of one length", library, FROM, "libother.so.1");
    refused("does not need", library, "libnever.so.12", "libnever.so.13");
    refused("no ELF file", "text".getBytes(StandardCharsets.US_ASCII), FROM, TO);
    refused("no ELF file", new byte[0], FROM, TO);
    byte[] narrow = library.clone();
    narrow[4] = 1;
    refused("64-bit little-endian", narrow, FROM, TO);
  }

  /// With -O2 a linker lets a string be the end of a longer one, which must not change with it.
  @Test
  void refusesSharedNames() throws Exception {
    String soname = "-Wl,-soname,xx" + FROM;
    byte[] tail = user("int answer(void); int ask(void) { return answer(); }\n", soname, "-Wl,-O2");
    refused("the name is the end of another string", tail, FROM, TO);
  }

  @Test
  void refusesALibraryThatDefinesVersions() throws Exception {
    Path map = Files.writeString(folder.resolve("own.map"), "OWN_1 { global: *; };\n");
    byte[] library =
        user(
            "int answer(void); int ask(void) { return answer(); }\n",
            "-Wl,--version-script=" + map);
    refused("defines versions", library, FROM, TO);
  }

  private static void refused(String why, byte[] library, String from, String to) {
    var error =
        assertThrows(IllegalArgumentException.class, () -> ElfRetarget.retarget(library, from, to));
    assertTrue(error.getMessage().contains(why), error.getMessage());
  }

  /// Damaged files are refused or, where the damage is elsewhere, re-targeted; nothing else happens, and it ends.
  @Test
  void damagedFilesAreRefused() throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    byte[] made = user();
    byte[] real = real("JNvrtc");
    for (int i = 0; i < 6000; i++) {
      boolean large = i % 3 == 0;
      byte[] library = large ? real.clone() : made.clone();
      int bytes = random.nextInt(1, 30);
      for (int j = 0; j < bytes; j++) {
        // The headers and the tables matter most.
        int end = i % 2 == 0 ? Math.min(library.length, 4096) : library.length;
        library[random.nextInt(end)] = (byte) (i % 5 == 0 ? 0xff : random.nextInt());
      }
      if (i % 10 == 0) {
        library = Arrays.copyOf(library, random.nextInt(library.length));
      }
      try {
        int before = library.length;
        String from = large ? "libnvrtc.so.12" : FROM;
        String to = large ? "libnvrtc.so.13" : TO;
        assertEquals(before, ElfRetarget.retarget(library, from, to).length);
      } catch (IllegalArgumentException e) {
        assertTrue(e.getMessage().startsWith("a library cannot be re-targeted: "));
      }
    }
  }

  /// The hash of the System V ABI.
  @Test
  void hashesAsTheLoaderDoes() {
    assertEquals(0, ElfRetarget.hash(""));
    assertEquals(0x09691a75, ElfRetarget.hash("GLIBC_2.2.5"));
    assertEquals(0x0d696913, ElfRetarget.hash("GLIBC_2.3"));
  }
}
