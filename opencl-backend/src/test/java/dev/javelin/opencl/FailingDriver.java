package dev.javelin.opencl;

import java.util.concurrent.atomic.AtomicInteger;

/// A driver that fails when a test says so.
final class FailingDriver extends Driver {
  /// What the next launches return instead of being queued; 0 queues them.
  volatile int launchStatus;

  /// What reading, writing and waiting return instead; 0 does them.
  volatile int queueStatus;

  /// How many of the next allocations fail, and with what.
  final AtomicInteger failingAllocations = new AtomicInteger();

  volatile int allocationStatus;

  @Override
  long createBuffer(long context, long bytes, long status) {
    if (failingAllocations.get() > 0 && failingAllocations.getAndDecrement() > 0) {
      org.lwjgl.system.MemoryUtil.memPutInt(status, allocationStatus);
      return 0;
    }
    return super.createBuffer(context, bytes, status);
  }

  @Override
  int write(long queue, long buffer, boolean wait, long offset, long bytes, long from) {
    return queueStatus != 0 ? queueStatus : super.write(queue, buffer, wait, offset, bytes, from);
  }

  @Override
  int read(long queue, long buffer, boolean wait, long offset, long bytes, long to) {
    return queueStatus != 0 ? queueStatus : super.read(queue, buffer, wait, offset, bytes, to);
  }

  @Override
  int launch(long queue, long kernel, long globalSize, long groupSize) {
    return launchStatus != 0 ? launchStatus : super.launch(queue, kernel, globalSize, groupSize);
  }

  @Override
  int finish(long queue) {
    return queueStatus != 0 ? queueStatus : super.finish(queue);
  }
}
