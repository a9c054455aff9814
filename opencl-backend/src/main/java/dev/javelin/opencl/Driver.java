package dev.javelin.opencl;

import org.lwjgl.opencl.CL10;

/// OpenCL's functions that are called while a program runs. A seam: tests replace it to see what happens where a driver fails.
///
/// Everything is a number, so that a launch makes no garbage. Addresses are those of native memory.
class Driver {
  /// Makes a buffer.
  ///
  /// @param status where its status goes
  /// @return its handle
  long createBuffer(long context, long bytes, long status) {
    return CL10.nclCreateBuffer(context, CL10.CL_MEM_READ_WRITE, bytes, 0, status);
  }

  int releaseBuffer(long buffer) {
    return CL10.clReleaseMemObject(buffer);
  }

  int write(long queue, long buffer, boolean wait, long offset, long bytes, long from) {
    return CL10.nclEnqueueWriteBuffer(
        queue, buffer, wait ? CL10.CL_TRUE : CL10.CL_FALSE, offset, bytes, from, 0, 0, 0);
  }

  int read(long queue, long buffer, boolean wait, long offset, long bytes, long to) {
    return CL10.nclEnqueueReadBuffer(
        queue, buffer, wait ? CL10.CL_TRUE : CL10.CL_FALSE, offset, bytes, to, 0, 0, 0);
  }

  int setArgument(long kernel, int index, long bytes, long value) {
    return CL10.nclSetKernelArg(kernel, index, bytes, value);
  }

  int launch(long queue, long kernel, long globalSize, long groupSize) {
    return CL10.nclEnqueueNDRangeKernel(queue, kernel, 1, 0, globalSize, groupSize, 0, 0, 0);
  }

  int flush(long queue) {
    return CL10.clFlush(queue);
  }

  int finish(long queue) {
    return CL10.clFinish(queue);
  }

  int build(long program, long device, String options) {
    return CL10.clBuildProgram(program, device, options, null, 0);
  }
}
