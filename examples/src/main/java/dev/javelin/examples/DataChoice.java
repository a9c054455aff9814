package dev.javelin.examples;

import dev.javelin.data.DataNotFoundException;
import dev.javelin.data.ImageFiles;
import dev.javelin.data.ImageSet;
import dev.javelin.data.Progress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// The images to train on and to test with: the real data set, or the drawn stand-in where it can neither be found nor downloaded.
///
/// @param train the images to train on
/// @param test the images to test with
record DataChoice(ImageSet train, ImageSet test) {
  /// Begins to load the images, on a thread of its own that does not keep the program from ending.
  ///
  /// @return waits for them, or throws what kept them from being loaded
  static Supplier<DataChoice> begin(String name, Optional<Path> directory) {
    FutureTask<DataChoice> task = new FutureTask<>(() -> load(name, directory));
    Thread.ofPlatform().daemon().name("javelin-images").start(task);
    return () -> {
      try {
        return task.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for the images", e);
      } catch (ExecutionException e) {
        // The exception itself, whose message is the sentence that users see.
        switch (e.getCause()) {
          case RuntimeException cause -> throw cause;
          case Error cause -> throw cause;
          default ->
              throw new IllegalStateException("the images could not be loaded", e.getCause());
        }
      }
    };
  }

  private static DataChoice load(String name, Optional<Path> directory) {
    try (Downloads progress = new Downloads()) {
      return new DataChoice(
          ImageFiles.load(name, true, directory, progress),
          ImageFiles.load(name, false, directory, progress));
    } catch (DataNotFoundException notFound) {
      return new DataChoice(ImageFiles.generated(true), ImageFiles.generated(false));
    }
  }

  boolean generated() {
    return train.generated();
  }

  /// A bar for each file that is downloaded.
  private static final class Downloads implements Progress, AutoCloseable {
    private String file = "";
    private ProgressBar bar;

    @Override
    public void update(String name, long done, OptionalLong total) {
      if (!name.equals(file)) {
        close();
        file = name;
        bar =
            new ProgressBarBuilder()
                .setTaskName("downloading " + name)
                .setInitialMax(total.orElse(-1))
                .setUnit(" KiB", 1024)
                .setStyle(ProgressBarStyle.ASCII)
                .build();
      }
      bar.stepTo(done);
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }
}
