package dev.javelin.train;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.amp.Autocast;
import dev.javelin.amp.GradScaler;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.kernels.DType;
import dev.javelin.nn.Module;
import dev.javelin.optim.Optimizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import jdk.jfr.FlightRecorder;

/// The training loop: for each epoch all batches of a loader, each moved to the model's device and put through one step (forward, backward,
/// optimiser) that is compiled, see [dev.javelin.Compiled].
///
/// ```java
/// new Trainer(model, new CrossEntropyLoss()::call, new Adam(model.parameters(), 1e-3))
///     .withMetric("accuracy", Metric.ACCURACY)
///     .onEpoch(System.out::println)
///     .fit(trainLoader, testLoader, 5);
/// ```
///
/// The loss is added up on the device and read at the end of an epoch, so that the host does not wait at every step. For anything that
/// this does not do, write the loop: it is ten lines.
public final class Trainer {
  private final Module model;
  private final BinaryOperator<Tensor> loss;
  private final Optimizer optimizer;
  private final Device device;
  private final Map<String, Metric> metrics = new LinkedHashMap<>();
  private Consumer<Batch> onBatch = batch -> {};
  private Consumer<Epoch> onEpoch = epoch -> {};
  private boolean compile = true;
  private DType autocast; // null for none
  private GradScaler scaler; // null for none
  private final Tensor total; // [1], the sum of the losses of this epoch's samples

  /// A trainer on the device where the model is.
  ///
  /// @param model the model, which must have parameters
  /// @param loss from the model's output and the labels to the mean loss of the batch
  /// @param optimizer changes the model's parameters
  public Trainer(Module model, BinaryOperator<Tensor> loss, Optimizer optimizer) {
    this.model = model;
    this.loss = loss;
    this.optimizer = optimizer;
    this.device = model.parameters().getFirst().device();
    this.total = Tensor.zeros(1).to(device);
  }

  /// Switches compilation of the step off or on; it is on.
  ///
  /// @param wanted whether to compile
  /// @return this
  public Trainer withCompile(boolean wanted) {
    compile = wanted;
    return this;
  }

  /// Runs the forward pass in an autocast region.
  ///
  /// @param dtype float16 or bfloat16
  /// @return this
  public Trainer withAutocast(DType dtype) {
    autocast = dtype;
    return this;
  }

  /// Scales the loss, which float16 needs. Steps are then not compiled: the scaler decides by the gradients' values whether to take one.
  ///
  /// @param newScaler the scaler
  /// @return this
  public Trainer withScaler(GradScaler newScaler) {
    scaler = newScaler;
    return this;
  }

  /// Measures something on the validation data after each epoch.
  ///
  /// @param name its name
  /// @param metric what to measure
  /// @return this
  public Trainer withMetric(String name, Metric metric) {
    metrics.put(name, metric);
    return this;
  }

  /// Calls something after each training batch, for a progress bar or a learning rate.
  ///
  /// @param callback what to call with the batch
  /// @return this
  public Trainer onBatch(Consumer<Batch> callback) {
    onBatch = callback;
    return this;
  }

  /// Calls something after each epoch.
  ///
  /// @param callback what to call
  /// @return this
  public Trainer onEpoch(Consumer<Epoch> callback) {
    onEpoch = callback;
    return this;
  }

  /// Trains, without validation.
  ///
  /// @param train the training batches
  /// @param epochs how many passes over them
  /// @return what each gave
  public List<Epoch> fit(DataLoader train, int epochs) {
    return fit(train, null, epochs);
  }

  /// Trains.
  ///
  /// @param train the training batches
  /// @param validation what the metrics are measured on after each epoch, null for nothing
  /// @param epochs how many passes over the training batches
  /// @return what each gave
  public List<Epoch> fit(DataLoader train, DataLoader validation, int epochs) {
    boolean compiled = compile && scaler == null;
    BiConsumer<Tensor, Tensor> step = compiled ? Javelin.compile(this::step)::call : this::step;
    List<Epoch> results = new ArrayList<>();
    for (int number = 1; number <= epochs; number++) {
      long began = System.nanoTime();
      double meanLoss = pass(train, step);
      double seconds = (System.nanoTime() - began) * 1e-9;
      Map<String, Double> measured = validation == null ? Map.of() : evaluate(validation);
      results.add(new Epoch(number, meanLoss, measured, seconds));
      onEpoch.accept(results.getLast());
    }
    return results;
  }

  private double pass(DataLoader loader, BiConsumer<Tensor, Tensor> step) {
    model.train();
    Javelin.noGrad(() -> total.zero_());
    long samples = 0;
    for (Batch batch : loader) {
      try (Scope _ = batch.scope()) {
        // Without a recording the event's class is not loaded: that would set up the Flight
        // Recorder.
        StepEvent event = FlightRecorder.isInitialized() ? new StepEvent() : null;
        if (event != null) {
          event.begin();
        }
        step.accept(batch.x().to(device), batch.y().to(device));
        if (event != null) {
          event.commit();
        }
        samples += batch.size();
        onBatch.accept(batch);
      }
    }
    return total.item() / samples;
  }

  private Tensor step(Tensor x, Tensor y) {
    optimizer.zeroGrad();
    Tensor result = autocast == null ? loss.apply(model.call(x), y) : cast(x, y);
    if (scaler == null) {
      result.backward();
      optimizer.step();
    } else {
      scaler.scale(result).backward();
      scaler.step(optimizer);
      scaler.update();
    }
    Javelin.noGrad(() -> total.add_(result.detach().mul(x.size(0))));
    return result.detach();
  }

  private Tensor cast(Tensor x, Tensor y) {
    try (Autocast _ = Autocast.open(device, autocast)) {
      return loss.apply(model.call(x), y);
    }
  }

  /// Measures the metrics in evaluation mode, without gradients; leaves the model in that mode.
  ///
  /// @param loader the batches
  /// @return the mean of each metric over all samples, in the order they were added
  public Map<String, Double> evaluate(DataLoader loader) {
    model.eval();
    Map<String, Double> sums = new LinkedHashMap<>();
    metrics.keySet().forEach(name -> sums.put(name, 0.0));
    long samples = 0;
    for (Batch batch : loader) {
      try (Scope _ = batch.scope()) {
        Tensor y = batch.y().to(device);
        Tensor output = Javelin.noGrad(() -> model.call(batch.x().to(device)));
        metrics.forEach(
            (name, metric) -> sums.merge(name, metric.sum(output, y).item(), Double::sum));
        samples += batch.size();
      }
    }
    long count = samples;
    sums.replaceAll((name, sum) -> sum / count);
    return Collections.unmodifiableMap(sums);
  }
}
