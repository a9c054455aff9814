package dev.javelin.examples.tutorials;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What PyTorch users save: a tensor, a list, a map, a model. Files named `.pt`, `.npy`, `.npz` and `.safetensors` are exchanged with
/// Python.
final class SaveLoad {
  private SaveLoad() {}

  static void run(Example.Settings settings, PrintWriter out) {
    try {
      Path folder =
          settings.file().isPresent()
              ? Files.createDirectories(settings.file().get())
              : Files.createTempDirectory("javelin-save-load");
      run(settings, folder, out);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a directory for the files: " + e.getMessage(), e);
    }
  }

  private static void run(Example.Settings settings, Path folder, PrintWriter out) {
    Javelin.manualSeed(0);
    Tensor x = Tensor.arange(4).to(settings.device());
    Tensor y = Tensor.zeros(4).to(settings.device());

    Javelin.save(x, folder.resolve("x-file"));
    out.println(Javelin.load(folder.resolve("x-file")).tensor());

    Javelin.save(List.of(x, y), folder.resolve("x-files"));
    out.println(Javelin.load(folder.resolve("x-files")).tensors());

    Javelin.save(Map.of("x", x), folder.resolve("mydict"));
    out.println(Javelin.load(folder.resolve("mydict")).stateDict());

    Module net = net().to(settings.device());
    Tensor input = Tensor.randn(2, 20).to(settings.device());
    Javelin.save(net.stateDict(), folder.resolve("mlp.pt"));
    Module clone = net().to(settings.device());
    clone.loadStateDict(Javelin.load(folder.resolve("mlp.pt")).stateDict());
    clone.eval();
    out.println(clone);
    out.println(net.call(input).eq(clone.call(input)).all().item() == 1);
  }

  private static Module net() {
    return new Sequential(new Linear(20, 256), new ReLU(), new Linear(256, 10));
  }
}
