package dev.javelin.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Downloads a file so that it is there whole and checked, or not at all.
///
/// @param connectTimeout how long to wait for a connection
/// @param stallTimeout how long to wait for the answer, and for each further piece of it
record Download(Duration connectTimeout, Duration stallTimeout) {
  private static final int PIECE = 1 << 16;

  /// A download with the usual patience.
  Download() {
    this(Duration.ofSeconds(5), Duration.ofSeconds(30));
  }

  /// Downloads a file under a name of its own, checks it, and only then gives it its name, so that
  /// neither a failure nor another process doing the same leaves half a file behind that name.
  ///
  /// @param uri from where
  /// @param target the file to make; its directory is made too
  /// @param check throws an exception, which is passed on, if the contents are not the right ones
  /// @param progress told about each piece
  /// @throws IOException if it cannot be had; the message says why in a few words
  void fetch(URI uri, Path target, Consumer<Path> check, Progress progress) throws IOException {
    Path directory = target.getParent();
    // Not a temporary file of the JDK: only its owner could read those, and the cache may be
    // shared.
    Path part = directory.resolve(target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      Files.createDirectories(directory);
      Files.createFile(part);
    } catch (IOException e) {
      throw new IOException("cannot write into the directory " + directory, e);
    }
    try {
      receive(uri, part, target.getFileName().toString(), progress);
      check.accept(part);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private void receive(URI uri, Path part, String name, Progress progress) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(stallTimeout).build();
    try (HttpClient client =
            HttpClient.newBuilder()
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        HttpResponse<InputStream> response =
            client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = response.body();
            OutputStream out = Files.newOutputStream(part)) {
          if (response.statusCode() != 200) {
            throw new IOException("the server answered with status " + response.statusCode());
          }
          copy(
              in,
              out,
              reader,
              name,
              response.headers().firstValueAsLong("Content-Length"),
              progress);
        }
      } finally {
        // Closing would wait for what is still going on.
        reader.shutdownNow();
        client.shutdownNow();
      }
    } catch (HttpConnectTimeoutException e) {
      throw new IOException("no connection within " + connectTimeout.toMillis() + " ms", e);
    } catch (HttpTimeoutException e) {
      throw new IOException("no answer within " + stallTimeout.toMillis() + " ms", e);
    } catch (ConnectException e) {
      // Neither the message nor the cause reliably tells an unknown host from a refusal.
      throw new IOException("the server cannot be reached", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException("the download of " + uri + " was interrupted", e);
    }
  }

  /// Reads on another thread, because a read from a server that went silent never returns, and the
  /// client has no timeout for it.
  private void copy(
      InputStream in,
      OutputStream out,
      ExecutorService reader,
      String name,
      OptionalLong total,
      Progress progress)
      throws IOException, InterruptedException {
    byte[] piece = new byte[PIECE];
    long done = 0;
    try {
      progress.update(name, 0, total);
      while (true) {
        int count =
            reader.submit(() -> in.read(piece)).get(stallTimeout.toMillis(), TimeUnit.MILLISECONDS);
        if (count < 0) {
          return;
        }
        out.write(piece, 0, count);
        done += count;
        progress.update(name, done, total);
      }
    } catch (TimeoutException e) {
      throw new IOException(
          "the server fell silent for " + stallTimeout.toMillis() + " ms after " + done + " bytes",
          e);
    } catch (ExecutionException e) {
      throw new IOException(
          "the connection broke off after " + done + " bytes" + of(total), e.getCause());
    }
  }

  private static String of(OptionalLong total) {
    return total.isPresent() ? " of " + total.getAsLong() : "";
  }
}
