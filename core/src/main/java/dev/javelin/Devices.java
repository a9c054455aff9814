package dev.javelin;

import dev.javelin.backend.Backend;
import dev.javelin.backend.BackendProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// The devices of this machine, by name. The one place that looks for backends.
public final class Devices {
  private Devices() {}

  /// A backend that was found, whether it can run or not.
  ///
  /// @param name `cpu`, `cuda` or `opencl`
  /// @param devices its devices, none if it cannot run
  /// @param unavailableReason why it cannot run, empty if it can
  public record Availability(
      String name, List<Device> devices, Optional<String> unavailableReason) {}

  /// A backend on the class path. Its devices are looked for when it is first asked about, once, so that one kind of device costs
  /// nothing to those who use another.
  private static final class Candidate {
    private final BackendProvider provider;
    private Availability availability;

    Candidate(BackendProvider provider) {
      this.provider = provider;
    }

    String name() {
      return provider.name();
    }

    /// Whether it has devices; it is not started.
    boolean canRun() {
      return provider.unavailableReason().isEmpty();
    }

    synchronized Availability availability() {
      if (availability == null) {
        Optional<String> reason = provider.unavailableReason();
        List<Device> devices = new ArrayList<>();
        if (reason.isEmpty()) {
          for (Backend backend : provider.devices()) {
            devices.add(new Device(backend));
          }
        }
        availability = new Availability(provider.name(), List.copyOf(devices), reason);
      }
      return availability;
    }
  }

  /// Loaded when first asked, once.
  private static final class Found {
    static final List<Candidate> BACKENDS = load();

    private static List<Candidate> load() {
      List<Candidate> found = new ArrayList<>();
      for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
        found.add(new Candidate(provider));
      }
      // The order of the class path is not the same on every machine.
      found.sort(Comparator.comparing(Candidate::name));
      return List.copyOf(found);
    }
  }

  /// Every backend on the class path.
  ///
  /// @return what each offers, or why it cannot run
  public static List<Availability> backends() {
    return Found.BACKENDS.stream().map(Candidate::availability).toList();
  }

  /// Every device of every backend.
  ///
  /// @return the devices
  public static List<Device> all() {
    return backends().stream().flatMap(backend -> backend.devices().stream()).toList();
  }

  /// The CPU.
  ///
  /// @return the device `cpu`
  public static Device cpu() {
    return get("cpu");
  }

  /// Whether a device can be used.
  ///
  /// @param name a name such as `cuda` or `opencl:1`
  /// @return true if [#get] would return it
  public static boolean isAvailable(String name) {
    return find(name).isPresent();
  }

  /// A device by name; without a number, the first of its kind.
  ///
  /// @param name a name such as `cpu`, `cuda` or `opencl:1`
  /// @return the device
  /// @throws IllegalArgumentException if there is no such device; the message says why
  public static Device get(String name) {
    return find(name).orElseThrow(() -> new IllegalArgumentException(missing(name)));
  }

  /// Looks at the backend of the device's kind alone.
  private static Optional<Availability> backend(String name) {
    String type = name.contains(":") ? name.substring(0, name.indexOf(':')) : name;
    return Found.BACKENDS.stream()
        .filter(backend -> backend.name().equals(type))
        .findFirst()
        .map(Candidate::availability);
  }

  private static Optional<Device> find(String name) {
    return backend(name).stream()
        .flatMap(backend -> backend.devices().stream())
        .filter(device -> device.name().equals(name) || device.name().equals(name + ":0"))
        .findFirst();
  }

  /// What there is in place of a backend that cannot run.
  private static String others(String missing) {
    String names =
        Found.BACKENDS.stream()
            .filter(backend -> !backend.name().equals(missing) && backend.canRun())
            .map(Candidate::name)
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "" : "; available here: " + names;
  }

  private static String missing(String name) {
    Optional<Availability> found = backend(name);
    if (found.isPresent()) {
      return found
          .get()
          .unavailableReason()
          // A reason is a sentence, a message has no full stop.
          .map(reason -> reason.replaceFirst("\\.$", ""))
          .map(
              reason ->
                  "device '%s' is not available: %s%s"
                      .formatted(name, reason, others(found.get().name())))
          .orElseGet(
              () ->
                  "device '%s' does not exist: there are %s"
                      .formatted(
                          name,
                          found.get().devices().stream()
                              .map(Device::name)
                              .collect(Collectors.joining(", "))));
    }
    String known = Found.BACKENDS.stream().map(Candidate::name).collect(Collectors.joining(", "));
    return known.isEmpty()
        ? "device '%s' is unknown: no backend is on the class path; add javelin-cpu".formatted(name)
        : "device '%s' is unknown: the backends here are %s".formatted(name, known);
  }
}
