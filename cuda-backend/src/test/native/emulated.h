// The emulated CUDA driver: what its parts share. One process, one "GPU" at a time, nothing of NVIDIA's.
//
// Work is queued and runs as late as CUDA allows: when a call waits for it, in the thread of that call. So a backend that forgets to wait
// reads what is not there yet.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace emulated {

/// CUresult: the numbers of cuda.h.
enum Status : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  INVALID_PTX = 218,
  INVALID_HANDLE = 400,
  ILLEGAL_STATE = 401,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_OUT_OF_RESOURCES = 701,
  MISALIGNED_ADDRESS = 716,
  LAUNCH_FAILED = 719,
  STREAM_CAPTURE_UNSUPPORTED = 900,
  STREAM_CAPTURE_INVALIDATED = 901,
  STREAM_CAPTURE_UNMATCHED = 903,
  STREAM_CAPTURE_UNJOINED = 904,
  STREAM_CAPTURE_ISOLATION = 905,
  STREAM_CAPTURE_IMPLICIT = 906,
  STREAM_CAPTURE_WRONG_THREAD = 908,
};

// ---- control.cpp: what a test sets, and what it may ask ----

/// Held by every call; not while something queued runs.
extern std::mutex state;

/// Counts a call and tells whether a test wants it to fail.
int enter(const char *function);
/// A setting: the environment's EMULATED_CUDA_name, or what it is otherwise.
long setting(const char *name, long otherwise);
/// How many of a kind of thing are alive, for the leak tests.
extern std::map<std::string, long> live;
/// What tests wanted to fail is forgotten.
void forget_failures();
/// Notes what a kernel did wrong, in a sentence that a test can ask for.
void report(const std::string &fault);

// ---- memory.cpp ----

struct Block {
  char *begin;
  size_t bytes;
  char *pages;  // the first page; the page after the last is a guard
  size_t mapped;
  int device;   // or HOST
};
constexpr int HOST = -1;

int allocate(int device, size_t bytes, char **address);
int release(char *address, bool host);
/// The living block that a range of addresses lies in, or null.
const Block *block_of(const void *address, size_t bytes);
/// Where an address is, for a report.
std::string place(const void *address);
size_t allocated(int device);

// ---- fibres.cpp ----

struct uint3 {
  unsigned x, y, z;
};

/// What the text of a kernel registers: see device.h.
struct Entry {
  const char *name;
  void (*run)(void **args);
  const unsigned *sizes;
  long threads;
};

/// Runs a function that touches the device's memory; what it does wrong becomes a status.
int guarded(const std::string &what, const std::function<void()> &body);
/// Runs a kernel: block by block, a block's threads as fibres.
int run_kernel(const Entry &entry, uint3 grid, uint3 block, void **args, char *shared, size_t shared_bytes);
/// Takes over the signals that say a kernel went wrong; all others still go to who had them.
void install_handlers();

// ---- object.cpp ----

struct Kernel {
  Entry entry;
  struct Module *module;
  size_t shared;  // bytes of shared memory of the function
};

/// An object file of g++, in the part of a cubin.
struct Module {
  char *pages = nullptr;
  size_t mapped = 0;
  char *shared = nullptr;
  size_t shared_bytes = 0;
  std::map<std::string, std::unique_ptr<Kernel>> kernels;
  std::string architecture;
  ~Module();
};

/// Loads one; null, and why, if it is not one.
std::unique_ptr<Module> load(const void *image, std::string *why);

// ---- stream.cpp ----

struct Stream;

/// Something queued, and what of other streams it comes after.
struct Operation {
  std::function<int()> run;
  std::vector<std::pair<Stream *, uint64_t>> after;
};

/// A kernel with its arguments, copied: in slots of 8 bytes, so that they can be read and replaced.
struct Launch {
  Kernel *kernel;
  uint3 grid, block;
  unsigned shared;
  std::vector<uint64_t> slots;
  std::vector<void *> pointers;  // of each parameter, into the slots
  Launch(Kernel *kernel, uint3 grid, uint3 block, unsigned shared, void **parameters);
  /// Whether the device can run it.
  int check() const;
  int run();
};

/// Something to do on a stream: a kernel, or else a function.
struct Node {
  std::shared_ptr<Launch> launch;
  std::function<int()> function;
  Node *next = nullptr;  // in the graph that it was captured into
  size_t number = 0;
  int run() const;
};

/// What was captured, in the order of the calls, which is one that all dependencies allow.
struct Graph {
  std::deque<Node> nodes;
  Stream *origin;
  bool valid = true;
  std::set<Stream *> forked;  // streams that the capture reached through events, until they are joined
};

struct Stream {
  int device = 0;
  bool blocking = true;  // waits for the default stream and is waited for
  std::deque<Operation> queue;
  uint64_t queued = 0, done = 0;
  Graph *capture = nullptr;
  int mode = 0;
  std::thread::id thread;  // that began the capture
};

struct Event {
  Stream *stream = nullptr;
  uint64_t at = 0;
  Graph *capture = nullptr;
  std::shared_ptr<double> millis = std::make_shared<double>(0);
};

/// Queues, or adds to what is being captured.
int submit(Stream *stream, Node node);
/// Runs a stream as far as this, and what that waits for.
int run_until(Stream *stream, uint64_t at);
/// Runs all that is queued on a device.
int run_all(int device);
/// Whether a call that waits or allocates is forbidden now because something is being captured.
int forbidden_by_capture();
int record(Event *event, Stream *stream);
int wait_for(Stream *stream, Event *event);
int begin_capture(Stream *stream, int mode);
int end_capture(Stream *stream, Graph **graph);

// ---- driver.cpp ----

/// The primary context of a device.
struct Context {
  int device = 0;
  Stream stream;                 // the default stream
  std::set<Stream *> streams{&stream};
  int sticky = 0;  // once a kernel has failed, what every call returns
  int retained = 0;
};
extern std::map<int, Context> contexts;

}  // namespace emulated
