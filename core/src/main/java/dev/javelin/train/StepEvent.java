package dev.javelin.train;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A step of a training, from the batch on the host to its update, which on an asynchronous device is then queued.
@Name("dev.javelin.Step")
@Label("Training Step")
@Category("Javelin")
@Enabled(false)
@StackTrace(false)
final class StepEvent extends Event {}
