package dev.javelin.examples;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A step of a training, from the batch on the host to the loss on the host.
@Name(StepEvent.NAME)
@Label("Training Step")
@Category("Javelin")
@Enabled(false)
@StackTrace(false)
final class StepEvent extends Event {
  static final String NAME = "dev.javelin.Step";
}
