package dev.javelin.opencl;

import dev.javelin.backend.OutOfDeviceMemoryException;
import java.lang.reflect.Field;
import java.util.List;
import org.lwjgl.opencl.CL10;
import org.lwjgl.opencl.CL11;
import org.lwjgl.opencl.CL12;
import org.lwjgl.opencl.CL20;
import org.lwjgl.opencl.KHRICD;

/// What the numbers that OpenCL's functions return mean.
final class ClStatus {
  /// NVIDIA's driver: a kernel read or wrote where there is no memory.
  private static final int ILLEGAL_ACCESS = -9999;

  private ClStatus() {}

  /// The exception for a status.
  ///
  /// @param device the device's name
  /// @param status what the function returned, not 0
  /// @param doing what was being done, as in "while reading 4 bytes"
  /// @return what to throw
  static RuntimeException failure(String device, int status, String doing) {
    String text = device + ": " + name(status) + " while " + doing;
    return switch (status) {
      case CL10.CL_MEM_OBJECT_ALLOCATION_FAILURE, CL10.CL_OUT_OF_HOST_MEMORY ->
          new OutOfDeviceMemoryException(text);
      case CL10.CL_DEVICE_NOT_AVAILABLE,
          CL10.CL_INVALID_COMMAND_QUEUE,
          CL10.CL_INVALID_CONTEXT,
          CL11.CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST,
          ILLEGAL_ACCESS ->
          new OpenClException(
              text + "; the device was lost: what is on it is gone, start the program again");
      case CL10.CL_OUT_OF_RESOURCES ->
          new OpenClException(
              text
                  + "; the device ran out of memory or was lost: try a smaller batch, or start the"
                  + " program again");
      default -> new OpenClException(text);
    };
  }

  /// The name that the headers give a status, and its number.
  static String name(int status) {
    for (Class<?> version : List.of(CL10.class, CL11.class, CL12.class, CL20.class, KHRICD.class)) {
      for (Field field : version.getDeclaredFields()) {
        if (field.getType() == int.class && field.getName().startsWith("CL_")) {
          try {
            if (field.getInt(null) == status && status < 0) {
              return field.getName() + " (" + status + ")";
            }
          } catch (IllegalAccessException e) {
            throw new AssertionError("a constant of OpenCL is public", e);
          }
        }
      }
    }
    return "status " + status;
  }
}
