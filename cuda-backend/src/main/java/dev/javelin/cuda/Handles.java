package dev.javelin.cuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;

/// JCuda's handles, whose addresses JCuda keeps to itself and to those who extend them.
final class Handles {
  private Handles() {}

  /// Memory of a device.
  static final class DeviceMemory extends CUdeviceptr {
    long address() {
      return getNativePointer();
    }
  }

  /// Memory of the host that the driver gave.
  static final class PinnedMemory extends Pointer {
    long address() {
      return getNativePointer();
    }
  }

  /// A function of a program.
  static final class Function extends CUfunction {
    long address() {
      return getNativePointer();
    }
  }

  /// A graph of launches.
  static final class Graph extends CUgraph {
    long address() {
      return getNativePointer();
    }
  }

  /// A graph that can be launched.
  static final class GraphExec extends CUgraphExec {
    long address() {
      return getNativePointer();
    }
  }

  /// Any address as JCuda wants it, of device memory.
  static CUdeviceptr device(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }

  /// Any address as JCuda wants it, of host memory.
  static Pointer host(long address) {
    return new Pointer().withByteOffset(address);
  }
}
