package dev.javelin.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where on this machine data sets are looked for when the user names no directory.
///
/// @param named the directory the environment names, if it does
/// @param working the working directory
/// @param cache where downloads are kept
record DataPlaces(Optional<Path> named, Path working, Path cache) {
  /// The environment variable that names a directory.
  static final String VARIABLE = "JAVELIN_DATA";

  /// The places of this process.
  ///
  /// @return the places
  static DataPlaces ofSystem() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")), Path.of(""));
  }

  /// The places an environment gives.
  ///
  /// @param environment the environment variables
  /// @param home the user's home directory
  /// @param working the working directory
  /// @return the places
  static DataPlaces of(Map<String, String> environment, Path home, Path working) {
    Optional<Path> named = nonEmpty(environment, VARIABLE).map(Path::of).map(Path::toAbsolutePath);
    // The specification of this variable says that a relative path is to be ignored.
    Path caches =
        nonEmpty(environment, "XDG_CACHE_HOME")
            .map(Path::of)
            .filter(Path::isAbsolute)
            .orElse(home.resolve(".cache"));
    return new DataPlaces(
        named, working.toAbsolutePath(), caches.resolve("javelin").resolve("data"));
  }

  /// The directories that may hold a data set, in the order they are looked into.
  ///
  /// @param name the data set's name
  /// @return the directories, whether they exist or not
  List<Path> directories(String name) {
    List<Path> directories = new ArrayList<>();
    named.ifPresent(directory -> directories.addAll(inside(directory, name)));
    // Not these directories themselves: all data sets of this kind use the same file names, and
    // nobody said that the files lying there are this one's.
    directories.add(working.resolve("data").resolve(name));
    directories.add(working.resolve("../shared/data").resolve(name).normalize());
    directories.add(cacheOf(name));
    return directories;
  }

  /// The directories meant by one that the user named.
  ///
  /// @param directory the named directory
  /// @param name the data set's name
  /// @return the data set's own directory in it, and the directory itself
  static List<Path> inside(Path directory, String name) {
    return List.of(directory.resolve(name), directory);
  }

  /// Where a data set's downloads are kept.
  ///
  /// @param name the data set's name
  /// @return the directory, whether it exists or not
  Path cacheOf(String name) {
    return cache.resolve(name);
  }

  private static Optional<String> nonEmpty(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
  }
}
