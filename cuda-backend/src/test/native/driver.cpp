// The calls of libcuda.so.1.
#include <cstdio>
#include <cstring>

#include "emulated.h"

namespace emulated {

std::map<int, Context> contexts;

namespace {

bool initialised;
thread_local Context *current_context;

/// The handles of one kind that are alive: what is not among them was never given out, or is destroyed.
template <class T> struct Handles {
  const char *kind;
  std::set<T *> all;

  T *add(T *made) {
    all.insert(made);
    live[kind]++;
    return made;
  }
  bool has(const void *handle) const { return all.count(static_cast<T *>(const_cast<void *>(handle))) > 0; }
  int destroy(T *handle) {
    if (!has(handle)) return INVALID_HANDLE;
    all.erase(handle);
    live[kind]--;
    delete handle;
    return SUCCESS;
  }
};

/// An instantiated graph: its nodes, copied.
struct Executable {
  std::vector<Node> nodes;
};

Handles<Stream> streams{"stream", {}};
Handles<Event> events{"event", {}};
Handles<Module> modules{"module", {}};
Handles<Graph> graphs{"graph", {}};
Handles<Executable> executables{"exec", {}};

enum Needs { NOTHING, INITIALISED, CONTEXT };

/// The beginning of every call: the lock, the failure that a test wants, and what CUDA checks first.
struct Call {
  std::lock_guard<std::mutex> lock{state};
  int status;

  Call(const char *function, Needs needs) : status(enter(function)) {
    if (status || needs == NOTHING) return;
    if (!initialised) {
      status = NOT_INITIALIZED;
    } else if (needs == CONTEXT) {
      status = current_context ? current_context->sticky : static_cast<int>(INVALID_CONTEXT);
    }
  }
};

#define BEGIN(needs)              \
  Call call(__func__, needs);     \
  if (call.status) return call.status

#define REQUIRE(condition, status) \
  if (!(condition)) return status

long devices() { return setting("DEVICES", 1); }

/// The stream of a handle: null and 1 mean the default stream.
Stream *stream_of(Stream *handle) {
  if (handle == nullptr || handle == reinterpret_cast<Stream *>(1)) return &current_context->stream;
  return streams.has(handle) ? handle : nullptr;
}

int synchronize(Stream *stream) {
  if (stream->capture) {
    stream->capture->valid = false;
    return STREAM_CAPTURE_UNSUPPORTED;
  }
  return run_until(stream, stream->queued);
}

bool on_device(const void *address, size_t bytes) {
  const Block *block = block_of(address, bytes);
  return block && block->device != HOST;
}

bool pinned(const void *address, size_t bytes) {
  const Block *block = block_of(address, bytes);
  return block && block->device == HOST;
}

Node copying(void *to, const void *from, size_t bytes) {
  return {nullptr, [=] {
            memmove(to, from, bytes);
            return 0;
          }};
}

/// What is not pinned is staged, as CUDA does: it may change when the call returns.
int to_device(void *to, const void *from, size_t bytes, Stream *stream) {
  REQUIRE(stream, INVALID_HANDLE);
  if (bytes == 0) return SUCCESS;
  REQUIRE(on_device(to, bytes) && from, INVALID_VALUE);
  if (pinned(from, bytes) || stream->capture) return submit(stream, copying(to, from, bytes));
  auto staged = std::make_shared<std::vector<char>>(static_cast<const char *>(from), static_cast<const char *>(from) + bytes);
  return submit(stream, {nullptr, [=] {
                           memcpy(to, staged->data(), bytes);
                           return 0;
                         }});
}

/// What is not pinned has been copied when the call returns.
int to_host(void *to, const void *from, size_t bytes, Stream *stream) {
  REQUIRE(stream, INVALID_HANDLE);
  if (bytes == 0) return SUCCESS;
  REQUIRE(on_device(from, bytes) && to, INVALID_VALUE);
  int status = submit(stream, copying(to, from, bytes));
  if (status || stream->capture || pinned(to, bytes)) return status;
  return run_until(stream, stream->queued);
}

int on_the_device(void *to, const void *from, size_t bytes, Stream *stream) {
  REQUIRE(stream, INVALID_HANDLE);
  if (bytes == 0) return SUCCESS;
  REQUIRE(on_device(from, bytes) && on_device(to, bytes), INVALID_VALUE);
  return submit(stream, copying(to, from, bytes));
}

template <class T> int set_memory(void *to, T value, size_t count, Stream *stream) {
  REQUIRE(stream, INVALID_HANDLE);
  if (count == 0) return SUCCESS;
  REQUIRE(on_device(to, count * sizeof(T)), INVALID_VALUE);
  return submit(stream, {nullptr, [=] {
                           for (size_t i = 0; i < count; i++) static_cast<T *>(to)[i] = value;
                           return 0;
                         }});
}

/// A call that returns when its work is done, on the default stream.
template <class F> int at_once(F work) {
  int status = forbidden_by_capture();
  if (!status) status = work(&current_context->stream);
  return status ? status : run_until(&current_context->stream, current_context->stream.queued);
}

/// Of all modules.
std::set<const Kernel *> kernels;

bool is_kernel(const Kernel *handle) { return kernels.count(handle) > 0; }

int load_module(Module **result, const void *image) {
  std::string why;
  std::unique_ptr<Module> module = load(image, &why);
  if (!module) {
    report(why);
    return strncmp(static_cast<const char *>(image), "//", 2) == 0 ? INVALID_PTX : INVALID_IMAGE;
  }
  std::string architecture =
      "sm_" + std::to_string(setting("MAJOR", 9)) + std::to_string(setting("MINOR", 0));
  REQUIRE(module->architecture == architecture, NO_BINARY_FOR_GPU);
  for (auto &[name, kernel] : module->kernels) REQUIRE(kernel->shared <= 49152, INVALID_IMAGE);
  for (auto &[name, kernel] : module->kernels) kernels.insert(kernel.get());
  *result = modules.add(module.release());
  return SUCCESS;
}

Node *node_of(void *handle) {
  for (Graph *graph : graphs.all) {
    for (Node &node : graph->nodes) {
      if (&node == handle) return &node;
    }
  }
  return nullptr;
}

/// CUDA_KERNEL_NODE_PARAMS_v2.
struct KernelParameters {
  Kernel *function;
  uint3 grid, block;
  unsigned shared;
  void **parameters;
  void **extra;
  void *kernel;
  void *context;
};
static_assert(sizeof(KernelParameters) == 72, "as in cuda.h");

}  // namespace
}  // namespace emulated

using namespace emulated;

// ---- devices and contexts ----

EXPORT int cuInit(unsigned) {
  BEGIN(NOTHING);
  REQUIRE(devices() > 0, NO_DEVICE);
  if (!initialised) install_handlers();
  initialised = true;
  return SUCCESS;
}

EXPORT int cuDriverGetVersion(int *version) {
  BEGIN(NOTHING);
  *version = static_cast<int>(setting("DRIVER_VERSION", 13000));
  return SUCCESS;
}

EXPORT int cuDeviceGetCount(int *count) {
  BEGIN(INITIALISED);
  *count = static_cast<int>(devices());
  return SUCCESS;
}

EXPORT int cuDeviceGet(int *device, int ordinal) {
  BEGIN(INITIALISED);
  REQUIRE(ordinal >= 0 && ordinal < devices(), INVALID_DEVICE);
  *device = ordinal;
  return SUCCESS;
}

EXPORT int cuDeviceGetName(char *name, int size, int) {
  BEGIN(INITIALISED);
  snprintf(name, static_cast<size_t>(size), "Emulated GPU");
  return SUCCESS;
}

EXPORT int cuDeviceTotalMem_v2(size_t *bytes, int) {
  BEGIN(INITIALISED);
  *bytes = static_cast<size_t>(setting("MEMORY", 4L << 30));
  return SUCCESS;
}

EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
  BEGIN(INITIALISED);
  // An H100's, where they matter.
  static const std::map<int, int> attributes = {
      {1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {10, 32},
      {12, 65536}, {16, 132}, {39, 2048}, {41, 1}, {81, 233472}, {82, 65536}, {97, 232448}, {106, 32},
  };
  auto found = attributes.find(attribute);
  *value = attribute == 75   ? static_cast<int>(setting("MAJOR", 9))
           : attribute == 76 ? static_cast<int>(setting("MINOR", 0))
           : found == attributes.end() ? 0
                                       : found->second;
  return SUCCESS;
}

EXPORT int cuDevicePrimaryCtxRetain(Context **result, int device) {
  BEGIN(INITIALISED);
  REQUIRE(device >= 0 && device < devices(), INVALID_DEVICE);
  Context &context = contexts[device];
  context.device = context.stream.device = device;
  context.retained++;
  live["context"]++;
  *result = &context;
  return SUCCESS;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  BEGIN(INITIALISED);
  REQUIRE(contexts[device].retained > 0, INVALID_CONTEXT);
  contexts[device].retained--;
  live["context"]--;
  return SUCCESS;
}

EXPORT int cuCtxSetCurrent(Context *context) {
  BEGIN(INITIALISED);
  REQUIRE(!context || (contexts.count(context->device) && &contexts[context->device] == context), INVALID_CONTEXT);
  current_context = context;
  return SUCCESS;
}

EXPORT int cuCtxGetCurrent(Context **context) {
  BEGIN(INITIALISED);
  *context = current_context;
  return SUCCESS;
}

EXPORT int cuCtxSynchronize() {
  BEGIN(CONTEXT);
  int status = forbidden_by_capture();
  return status ? status : run_all(current_context->device);
}

/// Everything as in a new process, but for what is allocated: for a test that has lost the device.
EXPORT void emulated_reset() {
  std::lock_guard<std::mutex> lock(state);
  forget_failures();
  for (auto &[device, context] : contexts) {
    context.sticky = 0;
    for (Stream *stream : context.streams) {
      stream->queue.clear();
      stream->done = stream->queued;
    }
  }
}

// ---- memory ----

EXPORT int cuMemAlloc_v2(char **address, size_t bytes) {
  BEGIN(CONTEXT);
  int status = forbidden_by_capture();
  return status ? status : allocate(current_context->device, bytes, address);
}

EXPORT int cuMemFree_v2(char *address) {
  BEGIN(CONTEXT);
  if (!address) return SUCCESS;
  int status = forbidden_by_capture();
  const Block *block = block_of(address, 0);
  REQUIRE(!status, status);
  REQUIRE(block && block->begin == address, INVALID_VALUE);
  int device = block->device;
  // As the real one, it waits for what may still use the memory.
  status = run_all(device);
  if (!status) status = contexts[device].sticky = release(address, false);
  return status;
}

EXPORT int cuMemGetInfo_v2(size_t *free, size_t *total) {
  BEGIN(CONTEXT);
  *total = static_cast<size_t>(setting("MEMORY", 4L << 30));
  *free = *total - allocated(current_context->device);
  return SUCCESS;
}

EXPORT int cuMemHostAlloc(char **address, size_t bytes, unsigned) {
  BEGIN(CONTEXT);
  int status = forbidden_by_capture();
  return status ? status : allocate(HOST, bytes, address);
}

EXPORT int cuMemFreeHost(char *address) {
  BEGIN(CONTEXT);
  int status = forbidden_by_capture();
  if (!status) status = run_all(current_context->device);
  return status ? status : release(address, true);
}

EXPORT int cuMemcpyHtoDAsync_v2(char *to, const void *from, size_t bytes, Stream *stream) {
  BEGIN(CONTEXT);
  return to_device(to, from, bytes, stream_of(stream));
}

EXPORT int cuMemcpyDtoHAsync_v2(void *to, const char *from, size_t bytes, Stream *stream) {
  BEGIN(CONTEXT);
  return to_host(to, from, bytes, stream_of(stream));
}

EXPORT int cuMemcpyDtoDAsync_v2(char *to, const char *from, size_t bytes, Stream *stream) {
  BEGIN(CONTEXT);
  return on_the_device(to, from, bytes, stream_of(stream));
}

EXPORT int cuMemcpyHtoD_v2(char *to, const void *from, size_t bytes) {
  BEGIN(CONTEXT);
  return at_once([=](Stream *stream) { return to_device(to, from, bytes, stream); });
}

EXPORT int cuMemcpyDtoH_v2(void *to, const char *from, size_t bytes) {
  BEGIN(CONTEXT);
  return at_once([=](Stream *stream) { return to_host(to, from, bytes, stream); });
}

EXPORT int cuMemcpyDtoD_v2(char *to, const char *from, size_t bytes) {
  BEGIN(CONTEXT);
  return at_once([=](Stream *stream) { return on_the_device(to, from, bytes, stream); });
}

EXPORT int cuMemsetD8Async(char *to, unsigned char value, size_t count, Stream *stream) {
  BEGIN(CONTEXT);
  return set_memory(to, value, count, stream_of(stream));
}

EXPORT int cuMemsetD32Async(char *to, unsigned value, size_t count, Stream *stream) {
  BEGIN(CONTEXT);
  return set_memory(to, value, count, stream_of(stream));
}

// ---- streams and events ----

EXPORT int cuStreamCreate(Stream **stream, unsigned flags) {
  BEGIN(CONTEXT);
  REQUIRE(flags <= 1, INVALID_VALUE);
  *stream = streams.add(new Stream);
  (*stream)->device = current_context->device;
  (*stream)->blocking = flags == 0;
  current_context->streams.insert(*stream);
  return SUCCESS;
}

EXPORT int cuStreamCreateWithPriority(Stream **stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }

EXPORT int cuStreamDestroy_v2(Stream *stream) {
  BEGIN(CONTEXT);
  REQUIRE(streams.has(stream), INVALID_HANDLE);
  run_until(stream, stream->queued);
  contexts[stream->device].streams.erase(stream);
  return streams.destroy(stream);
}

EXPORT int cuStreamSynchronize(Stream *handle) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  return stream ? synchronize(stream) : INVALID_HANDLE;
}

EXPORT int cuStreamQuery(Stream *handle) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream, INVALID_HANDLE);
  REQUIRE(!stream->capture, STREAM_CAPTURE_UNSUPPORTED);
  if (stream->done == stream->queued) return SUCCESS;
  // Who asks again and again finds it done at last.
  int status = run_until(stream, stream->done + 1);
  return status ? status : static_cast<int>(NOT_READY);
}

EXPORT int cuStreamWaitEvent(Stream *handle, Event *event, unsigned) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream && events.has(event), INVALID_HANDLE);
  return wait_for(stream, event);
}

EXPORT int cuStreamBeginCapture_v2(Stream *handle, int mode) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  return stream ? begin_capture(stream, mode) : INVALID_HANDLE;
}

EXPORT int cuStreamEndCapture(Stream *handle, Graph **graph) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream, INVALID_HANDLE);
  int status = end_capture(stream, graph);
  if (!status) graphs.add(*graph);
  return status;
}

EXPORT int cuStreamIsCapturing(Stream *handle, int *status) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream, INVALID_HANDLE);
  *status = !stream->capture ? 0 : stream->capture->valid ? 1 : 2;
  return SUCCESS;
}

EXPORT int cuEventCreate(Event **event, unsigned) {
  BEGIN(CONTEXT);
  *event = events.add(new Event);
  return SUCCESS;
}

EXPORT int cuEventDestroy_v2(Event *event) {
  BEGIN(CONTEXT);
  return events.destroy(event);
}

EXPORT int cuEventRecord(Event *event, Stream *handle) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream && events.has(event), INVALID_HANDLE);
  return record(event, stream);
}

EXPORT int cuEventSynchronize(Event *event) {
  BEGIN(CONTEXT);
  REQUIRE(events.has(event), INVALID_HANDLE);
  REQUIRE(!event->capture, STREAM_CAPTURE_UNSUPPORTED);
  return event->stream ? run_until(event->stream, event->at) : SUCCESS;
}

EXPORT int cuEventQuery(Event *event) {
  BEGIN(CONTEXT);
  REQUIRE(events.has(event), INVALID_HANDLE);
  REQUIRE(!event->capture, STREAM_CAPTURE_UNSUPPORTED);
  if (!event->stream || event->stream->done >= event->at) return SUCCESS;
  int status = run_until(event->stream, event->stream->done + 1);
  return status ? status : static_cast<int>(NOT_READY);
}

EXPORT int cuEventElapsedTime(float *millis, Event *from, Event *to) {
  BEGIN(CONTEXT);
  REQUIRE(events.has(from) && events.has(to), INVALID_HANDLE);
  REQUIRE(from->stream && to->stream, INVALID_HANDLE);
  REQUIRE(from->stream->done >= from->at && to->stream->done >= to->at, NOT_READY);
  *millis = static_cast<float>(*to->millis - *from->millis);
  return SUCCESS;
}

// ---- modules and launches ----

EXPORT int cuModuleLoadData(Module **module, const void *image) {
  BEGIN(CONTEXT);
  return load_module(module, image);
}

EXPORT int cuModuleLoadDataEx(Module **module, const void *image, unsigned, int *, void **) {
  BEGIN(CONTEXT);
  return load_module(module, image);
}

EXPORT int cuModuleUnload(Module *module) {
  BEGIN(CONTEXT);
  REQUIRE(modules.has(module), INVALID_HANDLE);
  int status = run_all(current_context->device);
  REQUIRE(!status, status);
  for (auto &[name, kernel] : module->kernels) kernels.erase(kernel.get());
  return modules.destroy(module);
}

EXPORT int cuModuleGetFunction(Kernel **function, Module *module, const char *name) {
  BEGIN(CONTEXT);
  REQUIRE(modules.has(module), INVALID_HANDLE);
  auto found = module->kernels.find(name);
  REQUIRE(found != module->kernels.end(), NOT_FOUND);
  *function = found->second.get();
  return SUCCESS;
}

EXPORT int cuFuncGetAttribute(int *value, int attribute, Kernel *function) {
  BEGIN(CONTEXT);
  REQUIRE(is_kernel(function), INVALID_HANDLE);
  *value = attribute == 0 ? static_cast<int>(function->entry.threads) : attribute == 1 ? static_cast<int>(function->shared) : 0;
  return SUCCESS;
}

EXPORT int cuFuncSetAttribute(Kernel *function, int, int) {
  BEGIN(CONTEXT);
  REQUIRE(is_kernel(function), INVALID_HANDLE);
  return SUCCESS;
}

EXPORT int cuLaunchKernel(Kernel *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                          unsigned block_z, unsigned shared, Stream *handle, void **parameters, void **extra) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream && is_kernel(function), INVALID_HANDLE);
  REQUIRE(!extra && (parameters || !*function->entry.sizes), INVALID_VALUE);
  auto launch =
      std::make_shared<Launch>(function, uint3{grid_x, grid_y, grid_z}, uint3{block_x, block_y, block_z}, shared, parameters);
  int status = launch->check();
  return status ? status : submit(stream, {launch, nullptr});
}

/// For the libraries: queues a function, whose context is copied. It may touch the device's memory, as a kernel does.
EXPORT int emulated_queue(Stream *handle, const char *what, void (*run)(const void *), const void *context, size_t bytes) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream, INVALID_HANDLE);
  std::string name = what;
  std::string copy(static_cast<const char *>(context), bytes);
  return submit(stream, {nullptr, [=] { return guarded(name, [&] { run(copy.data()); }); }});
}

// ---- graphs ----

EXPORT int cuGraphInstantiateWithFlags(Executable **executable, Graph *graph, unsigned long long) {
  BEGIN(CONTEXT);
  REQUIRE(graphs.has(graph), INVALID_HANDLE);
  *executable = executables.add(new Executable{{graph->nodes.begin(), graph->nodes.end()}});
  return SUCCESS;
}

EXPORT int cuGraphLaunch(Executable *executable, Stream *handle) {
  BEGIN(CONTEXT);
  Stream *stream = stream_of(handle);
  REQUIRE(stream && executables.has(executable), INVALID_HANDLE);
  for (const Node &node : executable->nodes) {
    int status = submit(stream, {node.launch, node.function});
    if (status) return status;
  }
  return SUCCESS;
}

EXPORT int cuGraphDestroy(Graph *graph) {
  BEGIN(CONTEXT);
  return graphs.destroy(graph);
}

EXPORT int cuGraphExecDestroy(Executable *executable) {
  BEGIN(CONTEXT);
  return executables.destroy(executable);
}

/// Gives some nodes, or how many there are where there is no room.
static int give(const std::vector<Node *> &nodes, Node **to, size_t *count) {
  if (!to) {
    *count = nodes.size();
    return SUCCESS;
  }
  size_t room = *count;
  for (size_t i = 0; i < room; i++) to[i] = i < nodes.size() ? nodes[i] : nullptr;
  *count = std::min(room, nodes.size());
  return SUCCESS;
}

EXPORT int cuGraphGetNodes(Graph *graph, Node **nodes, size_t *count) {
  BEGIN(CONTEXT);
  REQUIRE(graphs.has(graph), INVALID_HANDLE);
  // In no particular order, CUDA says.
  std::vector<Node *> all;
  for (auto node = graph->nodes.rbegin(); node != graph->nodes.rend(); ++node) all.push_back(&*node);
  return give(all, nodes, count);
}

EXPORT int cuGraphGetRootNodes(Graph *graph, Node **nodes, size_t *count) {
  BEGIN(CONTEXT);
  REQUIRE(graphs.has(graph), INVALID_HANDLE);
  std::vector<Node *> first;
  if (!graph->nodes.empty()) first.push_back(&graph->nodes.front());
  return give(first, nodes, count);
}

EXPORT int cuGraphNodeGetDependentNodes(Node *node, Node **nodes, size_t *count) {
  BEGIN(CONTEXT);
  REQUIRE(node_of(node), INVALID_HANDLE);
  std::vector<Node *> after;
  if (node->next) after.push_back(node->next);
  return give(after, nodes, count);
}

EXPORT int cuGraphNodeGetType(Node *node, int *type) {
  BEGIN(CONTEXT);
  REQUIRE(node_of(node), INVALID_HANDLE);
  // A kernel; what is not one is a copy or another library's.
  *type = node->launch ? 0 : 1;
  return SUCCESS;
}

EXPORT int cuGraphKernelNodeGetParams_v2(Node *node, KernelParameters *parameters) {
  BEGIN(CONTEXT);
  REQUIRE(node_of(node), INVALID_HANDLE);
  REQUIRE(node->launch, INVALID_VALUE);
  Launch &launch = *node->launch;
  *parameters = {launch.kernel, launch.grid, launch.block, launch.shared, launch.pointers.data(), nullptr, nullptr, current_context};
  return SUCCESS;
}

EXPORT int cuGraphExecKernelNodeSetParams_v2(Executable *executable, Node *node, const KernelParameters *parameters) {
  BEGIN(CONTEXT);
  REQUIRE(executables.has(executable) && node_of(node), INVALID_HANDLE);
  REQUIRE(node->launch && node->number < executable->nodes.size(), INVALID_VALUE);
  REQUIRE(is_kernel(parameters->function), INVALID_HANDLE);
  // What is already queued keeps the arguments that it was launched with.
  auto launch = std::make_shared<Launch>(parameters->function, parameters->grid, parameters->block, parameters->shared,
                                         parameters->parameters);
  int status = launch->check();
  if (!status) executable->nodes[node->number].launch = launch;
  return status;
}

// ---- names of statuses ----

static const std::map<int, std::pair<const char *, const char *>> NAMES = {
    {0, {"CUDA_SUCCESS", "no error"}},
    {1, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
    {2, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
    {3, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
    {100, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
    {101, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
    {200, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
    {201, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
    {209, {"CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}},
    {218, {"CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"}},
    {400, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
    {500, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
    {600, {"CUDA_ERROR_NOT_READY", "device not ready"}},
    {700, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
    {716, {"CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"}},
    {719, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
    {900, {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
};

static int name_of(int status, const char **text, bool sentence) {
  auto found = NAMES.find(status);
  REQUIRE(found != NAMES.end(), INVALID_VALUE);
  *text = sentence ? found->second.second : found->second.first;
  return SUCCESS;
}

EXPORT int cuGetErrorName(int status, const char **text) { return name_of(status, text, false); }
EXPORT int cuGetErrorString(int status, const char **text) { return name_of(status, text, true); }
