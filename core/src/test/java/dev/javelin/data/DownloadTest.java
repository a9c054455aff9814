package dev.javelin.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Downloads from a server of its own, on this machine.
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class DownloadTest {
  private static final byte[] IMAGES = SmallSets.idx(300, 28, 28);
  private static final byte[] LABELS = SmallSets.idx(300);
  private static final byte[] GZIPPED = SmallSets.gzip(IMAGES);

  @TempDir private Path root;
  private HttpServer server;
  private ExecutorService threads;
  private final CountDownLatch end = new CountDownLatch(1);

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    serve("/good/images.gz", 200, GZIPPED, GZIPPED.length);
    serve("/good/labels.gz", 200, SmallSets.gzip(LABELS), -1);
    serve("/damaged/images.gz", 200, Arrays.copyOf(GZIPPED, 1000), 1000);
    serve("/short/images.gz", 200, Arrays.copyOf(GZIPPED, 1000), GZIPPED.length);
    byte[] other = SmallSets.gzip(SmallSets.idx(301, 28, 28));
    serve("/other/images.gz", 200, other, other.length);
    serve("/silent/images.gz", 200, new byte[0], GZIPPED.length);
    serve("/failing/images.gz", 500, new byte[] {1}, 1);
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  /// Serves some bytes and promises a number of them, or none.
  private void serve(String path, int status, byte[] bytes, long promised) {
    server.createContext(
        path,
        exchange -> {
          exchange.sendResponseHeaders(status, promised < 0 ? 0 : promised);
          exchange.getResponseBody().write(bytes);
          exchange.getResponseBody().flush();
          if (path.startsWith("/silent")) {
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          // A body shorter than promised makes this close the connection.
          exchange.close();
        });
  }

  private URI source(String directory) {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/" + directory + "/");
  }

  private ImageSet load(Progress progress, String... sources) {
    MnistSet set =
        SmallSets.set(IMAGES, LABELS, Stream.of(sources).map(this::source).toArray(URI[]::new));
    var places = DataPlaces.of(Map.of(), root.resolve("home"), root.resolve("project"));
    var download = new Download(Duration.ofSeconds(5), Duration.ofMillis(700));
    return new MnistFiles(places, download).load(set, false, Optional.empty(), progress);
  }

  private Path cache() {
    return root.resolve("home/.cache/javelin/data/small");
  }

  private List<String> cached() throws IOException {
    try (Stream<Path> files = Files.list(cache())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void assertFails(String source, String reason) throws IOException {
    String message =
        assertThrows(DataNotFoundException.class, () -> load(Progress.none(), source)).getMessage();
    String tried = "; tried " + source(source) + "images.gz (";
    assertTrue(message.contains(tried + reason), message);
    assertEquals(List.of(), cached(), "left behind");
  }

  @Test
  void downloadsIntoTheCacheOnce() throws IOException {
    ImageSet set = load(Progress.none(), "good");
    assertEquals(300, set.size());
    assertEquals("Small from " + cache(), set.source());
    assertEquals(List.of("images.gz", "labels.gz"), cached());
    assertEquals(300, load(Progress.none()).size(), "from the cache, without any address");
  }

  @Test
  void tellsHowItGoesOn() {
    record Step(String file, long done, OptionalLong total) {}
    List<Step> steps = new ArrayList<>();
    load((file, done, total) -> steps.add(new Step(file, done, total)), "good");
    OptionalLong total = OptionalLong.of(GZIPPED.length);
    assertEquals(new Step("images.gz", 0, total), steps.getFirst());
    assertTrue(steps.contains(new Step("images.gz", GZIPPED.length, total)));
    assertEquals(OptionalLong.empty(), steps.getLast().total);
    assertEquals("labels.gz", steps.getLast().file);
  }

  @Test
  void notFound() throws IOException {
    assertFails("absent", "the server answered with status 404)");
    assertFails("failing", "the server answered with status 500)");
  }

  @Test
  void brokenConnection() throws IOException {
    assertFails("short", "the connection broke off after ");
  }

  @Test
  void silentServer() throws IOException {
    assertFails("silent", "the server fell silent for 700 ms after 0 bytes)");
  }

  @Test
  void damagedFile() throws IOException {
    assertFails(
        "damaged",
        "the file that came is damaged: expected a whole gzip file, found only its first 1000"
            + " bytes; try again later)");
  }

  @Test
  void wrongFile() throws IOException {
    assertFails(
        "other",
        "the file that came is not the file it should be: expected the MD5 "
            + SmallSets.md5(IMAGES));
  }

  @Test
  void triesTheNextSource() throws IOException {
    assertEquals(300, load(Progress.none(), "absent", "damaged", "good").size());
    assertEquals(List.of("images.gz", "labels.gz"), cached());
    String message =
        assertThrows(
                DataNotFoundException.class,
                () -> {
                  Files.delete(cache().resolve("images.gz"));
                  load(Progress.none(), "absent", "short");
                })
            .getMessage();
    assertTrue(message.contains("absent/images.gz (the server answered"), message);
    assertTrue(message.contains(" and " + source("short") + "images.gz ("), message);
  }

  @Test
  void cacheThatCannotBeWritten() throws IOException {
    SmallSets.write(root.resolve("home/.cache"), new byte[0]);
    String message =
        assertThrows(DataNotFoundException.class, () -> load(Progress.none(), "good")).getMessage();
    assertTrue(message.contains("(cannot write into the directory " + cache() + ")"), message);
  }

  @Test
  void exceptionOfTheProgressLeavesNothingBehind() throws IOException {
    Progress cancelling =
        (_, done, _) -> {
          if (done > 0) {
            throw new IllegalStateException("cancelled");
          }
        };
    assertEquals(
        "cancelled",
        assertThrows(IllegalStateException.class, () -> load(cancelling, "good")).getMessage());
    assertEquals(List.of(), cached());
  }

  @Test
  void interruptEndsIt() throws Exception {
    Thread thread = Thread.currentThread();
    Progress interrupting = (_, _, _) -> thread.interrupt();
    var interrupted = assertThrows(DataException.class, () -> load(interrupting, "silent", "good"));
    assertTrue(Thread.interrupted(), "the thread's interrupt flag is kept");
    assertTrue(interrupted.getMessage().endsWith(" was interrupted"), interrupted.getMessage());
    assertEquals(DataException.class, interrupted.getClass());
    assertEquals(List.of(), cached());
  }
}
