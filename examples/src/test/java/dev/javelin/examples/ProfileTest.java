package dev.javelin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.data.ImageFiles;
import dev.javelin.nn.Module;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a flight recording holds of the engine's work, and what is read from one.
final class ProfileTest {
  @TempDir private Path folder;

  private Path record(List<String> events, Runnable body) throws IOException {
    Path file = folder.resolve("run.jfr");
    try (Recording recording = new Recording()) {
      for (String event : events) {
        recording.enable(event).withoutThreshold();
      }
      recording.start();
      body.run();
      recording.stop();
      recording.dump(file);
    }
    return file;
  }

  private static RecordedEvent only(List<RecordedEvent> events, String name) {
    List<RecordedEvent> found =
        events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
    assertEquals(1, found.size(), name + " in " + events);
    return found.getFirst();
  }

  @Test
  void aRecordingHoldsOpsLaunchesCopiesAndAllocations() throws IOException {
    Tensor x = Tensor.of(new float[] {1, 2, 3});
    List<String> names =
        List.of(
            "dev.javelin.Op", "dev.javelin.Launch", "dev.javelin.Copy", "dev.javelin.Allocation");
    Path file =
        record(
            names,
            () -> {
              try (var _ = Scope.open()) {
                assertEquals(6, x.add(x).toFloatArray()[2]);
              }
            });
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertEquals("add", only(events, "dev.javelin.Op").getString("name"));
    RecordedEvent launch = only(events, "dev.javelin.Launch");
    assertEquals("add", launch.getString("op"));
    assertEquals("map [3]: add", launch.getString("kernel"));
    assertEquals("cpu", launch.getString("device"));
    RecordedEvent copy = only(events, "dev.javelin.Copy");
    assertEquals(12, copy.getLong("bytes"));
    assertEquals(false, copy.getBoolean("toDevice"));
    assertEquals(64, only(events, "dev.javelin.Allocation").getLong("bytes"));
  }

  @Test
  void theTableNamesTheKernelsOfAStep() throws IOException {
    Module network = ModelChoice.MLP.create();
    var images =
        new DataChoice(ImageFiles.generated(true, 640, 1), ImageFiles.generated(false, 64, 2));
    var training =
        new Training(
            network,
            ModelChoice.MLP.loss(),
            OptimizerChoice.SGD.create(network, 0.1),
            images,
            Devices.cpu(),
            MixedPrecision.NONE);
    var ignored = new PrintWriter(new StringWriter());
    Path file = record(StepProfile.EVENTS, () -> training.run(1, 64, 0, false, ignored));
    StringWriter text = new StringWriter();
    StepProfile.read(file).print(new PrintWriter(text), 100);
    String table = text.toString();
    assertTrue(table.contains("\n8 steps."), table);
    assertTrue(
        table
            .lines()
            .anyMatch(
                line -> line.matches(".* 1\\.0 .* addmm: product .64, 784. x .784, 512.: add")),
        table);
    assertTrue(table.contains("16.0 ops a step"), table);
  }
}
