import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Makes what the environment of the OpenCL backend's tests names: the directory of PoCL's cache, which must exist, and on Linux a
/// copy of this JDK's libjsig.so.
final class PrepareOpenCl {
  private PrepareOpenCl() {}

  /// @param args the module's build directory
  public static void main(String[] args) throws IOException {
    Path target = Path.of(args[0]);
    Files.createDirectories(target.resolve("pocl-cache"));
    Path library = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
    if (Files.exists(library)) {
      Files.copy(library, target.resolve("libjsig.so"), StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
