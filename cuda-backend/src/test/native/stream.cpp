// Streams, events, and what is captured on them. All under the lock `state`, which is let go while a queued operation runs.
#include <chrono>
#include <condition_variable>
#include <cstring>

#include "emulated.h"

namespace emulated {
namespace {

/// A real driver's queue has an end, too.
constexpr size_t LONGEST_QUEUE = 1024;

bool busy;
std::condition_variable_any idle;

template <class F> void each_stream(F visit) {
  for (auto &[device, context] : contexts) {
    for (Stream *stream : context.streams) visit(stream);
  }
}

bool is_default(const Stream *stream) { return stream == &contexts[stream->device].stream; }

/// The default stream and those that are not non-blocking take turns.
std::vector<std::pair<Stream *, uint64_t>> implied(Stream *stream) {
  std::vector<std::pair<Stream *, uint64_t>> after;
  if (!stream->blocking) return after;
  Context &context = contexts[stream->device];
  if (!is_default(stream)) {
    after.emplace_back(&context.stream, context.stream.queued);
    return after;
  }
  for (Stream *other : context.streams) {
    if (other != stream && other->blocking) after.emplace_back(other, other->queued);
  }
  return after;
}

void enqueue(Stream *stream, Operation operation) {
  stream->queue.push_back(std::move(operation));
  stream->queued++;
}

void invalidate(Graph *graph) { graph->valid = false; }

}  // namespace

Launch::Launch(Kernel *kernel, uint3 grid, uint3 block, unsigned shared, void **parameters)
    : kernel(kernel), grid(grid), block(block), shared(shared) {
  size_t total = 0;
  for (const unsigned *size = kernel->entry.sizes; *size; size++) total += (*size + 7) / 8;
  slots.resize(total);
  size_t at = 0;
  for (const unsigned *size = kernel->entry.sizes; *size; size++) {
    memcpy(&slots[at], *parameters++, *size);
    pointers.push_back(&slots[at]);
    at += (*size + 7) / 8;
  }
}

int Launch::check() const {
  uint64_t threads = uint64_t{block.x} * block.y * block.z;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) {
    return INVALID_VALUE;
  }
  if (threads == 0 || block.x > 1024 || block.y > 1024 || block.z > 64 || threads > 1024) return INVALID_VALUE;
  if (threads > static_cast<uint64_t>(kernel->entry.threads)) return INVALID_VALUE;
  return kernel->shared + shared > 49152 ? INVALID_VALUE : SUCCESS;
}

int Launch::run() {
  Module *module = kernel->module;
  return run_kernel(kernel->entry, grid, block, pointers.data(), module->shared, module->shared_bytes);
}

int Node::run() const {
  if (!launch) return function();
  int status;
  {
    std::lock_guard<std::mutex> lock(state);
    status = enter("execute");
  }
  return status ? status : launch->run();
}

int submit(Stream *stream, Node node) {
  if (Graph *graph = stream->capture) {
    node.number = graph->nodes.size();
    graph->nodes.push_back(std::move(node));
    if (node.number > 0) graph->nodes[node.number - 1].next = &graph->nodes.back();
    if (stream != graph->origin) graph->forked.insert(stream);
    return SUCCESS;
  }
  if (is_default(stream)) {
    for (Stream *other : contexts[stream->device].streams) {
      if (other->blocking && other->capture) {
        invalidate(other->capture);
        return STREAM_CAPTURE_IMPLICIT;
      }
    }
  }
  enqueue(stream, {[node = std::move(node)] { return node.run(); }, implied(stream)});
  if (stream->queue.size() > LONGEST_QUEUE) return run_until(stream, stream->queued - LONGEST_QUEUE / 2);
  return SUCCESS;
}

int run_until(Stream *stream, uint64_t at) {
  Context &context = contexts[stream->device];
  while (stream->done < at && !context.sticky) {
    if (busy) {
      idle.wait(state);
      continue;
    }
    auto &after = stream->queue.front().after;
    if (!after.empty()) {
      auto [other, until] = after.back();
      if (other->done < until) {
        run_until(other, until);
        continue;
      }
      after.pop_back();
      continue;
    }
    std::function<int()> run = std::move(stream->queue.front().run);
    busy = true;
    state.unlock();
    int status = run();
    state.lock();
    busy = false;
    stream->queue.pop_front();
    stream->done++;
    if (status) context.sticky = status;
    idle.notify_all();
  }
  return context.sticky;
}

int run_all(int device) {
  // Not in the order of their making: nobody may count on one.
  std::set<Stream *> streams = contexts[device].streams;
  for (auto stream = streams.rbegin(); stream != streams.rend(); ++stream) run_until(*stream, (*stream)->queued);
  return contexts[device].sticky;
}

int forbidden_by_capture() {
  int status = SUCCESS;
  each_stream([&](Stream *stream) {
    if (!stream->capture || stream != stream->capture->origin) return;
    if (stream->mode == 0 || (stream->mode == 1 && stream->thread == std::this_thread::get_id())) {
      invalidate(stream->capture);
      status = STREAM_CAPTURE_UNSUPPORTED;
    }
  });
  return status;
}

int record(Event *event, Stream *stream) {
  event->stream = stream;
  event->capture = stream->capture;
  if (stream->capture) return SUCCESS;
  std::shared_ptr<double> millis = event->millis;
  int status = submit(stream, {nullptr, [millis] {
                                 auto now = std::chrono::steady_clock::now().time_since_epoch();
                                 *millis = std::chrono::duration<double, std::milli>(now).count();
                                 return 0;
                               }});
  event->at = stream->queued;
  return status;
}

int wait_for(Stream *stream, Event *event) {
  if (event->capture) {
    if (!stream->capture) {
      stream->capture = event->capture;
      event->capture->forked.insert(stream);
    } else if (stream->capture != event->capture) {
      return STREAM_CAPTURE_ISOLATION;
    } else if (stream == event->capture->origin) {
      event->capture->forked.erase(event->stream);
    }
    return SUCCESS;
  }
  if (stream->capture) {
    invalidate(stream->capture);
    return STREAM_CAPTURE_ISOLATION;
  }
  if (event->stream) {
    auto after = implied(stream);
    after.emplace_back(event->stream, event->at);
    enqueue(stream, {[] { return 0; }, after});
  }
  return SUCCESS;
}

int begin_capture(Stream *stream, int mode) {
  if (is_default(stream)) return STREAM_CAPTURE_UNSUPPORTED;
  if (stream->capture) return ILLEGAL_STATE;
  stream->capture = new Graph{{}, stream, true, {}};
  stream->mode = mode;
  stream->thread = std::this_thread::get_id();
  return SUCCESS;
}

int end_capture(Stream *stream, Graph **result) {
  Graph *graph = stream->capture;
  if (!graph) return ILLEGAL_STATE;
  if (graph->origin != stream) return STREAM_CAPTURE_UNMATCHED;
  if (stream->mode != 2 && stream->thread != std::this_thread::get_id()) return STREAM_CAPTURE_WRONG_THREAD;
  bool joined = graph->forked.empty();
  each_stream([&](Stream *other) {
    if (other->capture == graph) other->capture = nullptr;
  });
  if (graph->valid && joined) {
    *result = graph;
    return SUCCESS;
  }
  *result = nullptr;
  int status = graph->valid ? STREAM_CAPTURE_UNJOINED : STREAM_CAPTURE_INVALIDATED;
  delete graph;
  return status;
}

}  // namespace emulated
