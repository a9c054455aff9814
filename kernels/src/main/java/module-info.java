/// The kernel IR, its reference interpreter, and the values it is made of. Depends on nothing.
module dev.javelin.kernels {
  exports dev.javelin.kernels;
  exports dev.javelin.kernels.c;
}
