import com.google.googlejavaformat.java.Main;
import java.nio.file.attribute.BasicFileAttributes;

/// Checks (`check`) or rewrites (`fix`) the layout of every Java file below the current directory.
///
/// google-java-format reads Java with the javac it runs on, so it must run on the JDK of the build, not on the one of Maven; and one JVM
/// for the whole repository costs a second or two. Doc comments keep the lines they are written in.
void main(String[] args) throws Exception {
  boolean fix = args[0].equals("fix");
  var options =
      new ArrayList<>(List.of("--skip-javadoc-formatting", fix ? "--replace" : "--dry-run"));
  Files.walkFileTree(
      Path.of("."),
      new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
          String name = dir.getFileName().toString();
          boolean outside = name.equals("target") || name.matches("\\.(?!mvn$).+");
          return outside ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
          if (file.toString().endsWith(".java")) {
            options.add(file.normalize().toString());
          }
          return FileVisitResult.CONTINUE;
        }
      });
  var unformatted = new StringWriter();
  var errors = new PrintWriter(System.err, true);
  var formatter =
      new Main(new PrintWriter(unformatted, true), errors, InputStream.nullInputStream());
  int status = formatter.format(options.toArray(String[]::new));
  if (fix && status == 0) {
    // A long string that the first pass has split gets its final indentation in the second.
    status = formatter.format(options.toArray(String[]::new));
  }
  if (!unformatted.toString().isEmpty()) {
    status = 1;
    errors.printf(
        "Not in the layout of google-java-format; \"mvn -q -Pformat validate\" rewrites:%n%s%n",
        unformatted.toString().indent(2));
  }
  System.exit(status);
}
