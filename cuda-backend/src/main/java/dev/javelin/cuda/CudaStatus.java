package dev.javelin.cuda;

import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.backend.Settings;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;

/// What the numbers that CUDA's functions return mean.
final class CudaStatus {
  private CudaStatus() {}

  /// The exception for a status of the driver.
  ///
  /// @param device the device's name
  /// @param status what the function returned, not 0
  /// @param doing what was being done, as in "while reading 4 bytes"
  /// @return what to throw
  static RuntimeException failure(String device, int status, String doing) {
    String text = device + ": " + name(status) + " while " + doing;
    return switch (status) {
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY -> new OutOfDeviceMemoryException(text);
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_LAUNCH_FAILED ->
          new CudaException(
              text
                  + "; a kernel failed, and with it the device was lost: what is on it is gone"
                  + (Settings.isOn("javelin.cuda.blocking", false)
                      ? ""
                      : ". Run the program with JAVELIN_CUDA_BLOCKING=1 to see which kernel it"
                          + " was"));
      case CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
          CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE,
          CUresult.CUDA_ERROR_DEINITIALIZED,
          CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
          CUresult.CUDA_ERROR_NO_DEVICE,
          CUresult.CUDA_ERROR_UNKNOWN ->
          new CudaException(
              text + "; the device was lost: what is on it is gone, start the program again");
      default -> new CudaException(text);
    };
  }

  /// The name that the headers give a status of the driver, and its number.
  static String name(int status) {
    String name = CUresult.stringFor(status);
    return name.startsWith("CUDA_") ? name + " (" + status + ")" : "status " + status;
  }

  /// The exception for a status of cuBLAS.
  static RuntimeException blasFailure(String device, int status, String doing) {
    String name = cublasStatus.stringFor(status);
    String text =
        device
            + ": "
            + (name.startsWith("CUBLAS_") ? name + " (" + status + ")" : "cuBLAS status " + status)
            + " while "
            + doing;
    return status == cublasStatus.CUBLAS_STATUS_ALLOC_FAILED
        ? new OutOfDeviceMemoryException(text)
        : new CudaException(text);
  }
}
