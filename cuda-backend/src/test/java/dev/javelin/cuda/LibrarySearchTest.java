package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which library is taken, on machines that only exist as directories.
final class LibrarySearchTest {
  @TempDir private Path folder;

  private Path library(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.exists(file) ? file : Files.createFile(file);
  }

  private LibrarySearch search(Map<String, String> environment, String... chosen) {
    return LibrarySearch.of(
        List.of(chosen), environment, folder.resolve("home"), folder + "/system/");
  }

  private String in(String path) {
    return folder.resolve(path).toString();
  }

  @Test
  void theNewestThatTheDriverRuns() throws IOException {
    library("system/usr/lib64/libcublas.so.11");
    Path twelve = library("system/usr/lib64/libcublas.so.12");
    library("system/usr/lib64/libcublas.so.12.6.4");
    Path thirteen = library("system/usr/local/cuda-13.0/lib64/libcublas.so.13");
    library("system/usr/local/cuda-14.0/lib64/libcublas.so.14");
    LibrarySearch search = search(Map.of());
    assertEquals(Optional.of(twelve), search.find("cublas", 12));
    assertEquals(Optional.of(thirteen), search.find("cublas", 13));
    assertEquals(Optional.empty(), search.find("nvrtc", 13));
  }

  @Test
  void whatTheUserNamesComesFirst() throws IOException {
    library("system/usr/lib64/libnvrtc.so.13");
    Path mine = library("mine/libnvrtc.so.12");
    Path driver = library("mine/libcuda.so.1");
    LibrarySearch search = search(Map.of(), in("nowhere"), in("mine"));
    assertEquals(Optional.of(mine), search.find("nvrtc", 13));
    assertEquals(Optional.of(driver), search.chosenDriver());
    assertEquals(folder.resolve("mine"), search.directories().getFirst());
    assertEquals(Optional.empty(), search(Map.of()).chosenDriver());
  }

  @Test
  void everyKindOfPlace() throws IOException {
    library("bin/python3").toFile().setExecutable(true);
    for (String place :
        List.of(
            "linker",
            "toolkit/lib64",
            "toolkit/targets/x86_64-linux/lib",
            "venv/lib/python3.12/site-packages/nvidia/cu13/lib",
            "conda/lib",
            "lib/python3.11/dist-packages/nvidia/cublas/lib",
            "configured",
            "system/usr/lib/wsl/lib",
            "system/usr/lib/x86_64-linux-gnu",
            "system/usr/local/cuda/lib64",
            "system/opt/cuda/lib64",
            "system/usr/local/nvidia/lib64",
            "home/.local/lib/python3.13/site-packages/nvidia/cuda_nvrtc/lib")) {
      Path file = library(place + "/libcublas.so.13");
      Path configuration = library("system/etc/ld.so.conf.d/some.conf");
      Files.writeString(configuration, "# a comment\n" + in("configured") + "\nrelative\n");
      Map<String, String> environment =
          Map.of(
              "LD_LIBRARY_PATH",
              ":" + in("linker") + ":\0:",
              "CUDA_HOME",
              in("toolkit"),
              "VIRTUAL_ENV",
              in("venv"),
              "CONDA_PREFIX",
              in("conda"),
              "PATH",
              "relative:" + in("bin"));
      assertEquals(Optional.of(file), search(environment).find("cublas", 13), place);
      Files.delete(file);
    }
  }

  @Test
  void driversWhereLinkersDoNotLook() throws IOException {
    Path driver = library("system/usr/lib/wsl/lib/libcuda.so.1");
    assertEquals(List.of(driver), search(Map.of()).drivers());
  }

  @Test
  void anEmptyMachine() {
    LibrarySearch search = search(Map.of("PATH", "", "CUDA_HOME", ""));
    assertTrue(search.directories().isEmpty());
    assertEquals(Optional.empty(), search.find("cublas", 13));
  }
}
