// What tests set and ask: failures to come, settings, counts.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulated.h"

namespace emulated {

std::mutex state;
std::map<std::string, long> live;

namespace {

struct Failure {
  std::string function;
  long after;  // so many calls that do not fail yet
  long times;
  int status;
};

std::vector<Failure> failures;
std::map<std::string, long> calls;
std::map<std::string, long> settings;
std::string last_fault;
bool quiet;

}  // namespace

int enter(const char *function) {
  calls[function]++;
  for (Failure &failure : failures) {
    if (failure.function != function || failure.times == 0) continue;
    if (failure.after > 0) {
      failure.after--;
      continue;
    }
    failure.times--;
    return failure.status;
  }
  return SUCCESS;
}

long setting(const char *name, long otherwise) {
  auto found = settings.find(name);
  if (found != settings.end()) return found->second;
  const char *value = getenv((std::string("EMULATED_CUDA_") + name).c_str());
  return value ? atol(value) : otherwise;
}

void report(const std::string &fault) {
  last_fault = fault;
  if (!quiet) fprintf(stderr, "emulated CUDA: %s\n", fault.c_str());
}

void forget_failures() {
  failures.clear();
  last_fault.clear();
  quiet = false;
}

}  // namespace emulated

using namespace emulated;

/// Lets calls of a function fail: after so many good ones, so many times (-1: always). "execute" stands for a queued kernel's run.
EXPORT void emulated_fail(const char *function, long after, long times, int status) {
  std::lock_guard<std::mutex> lock(state);
  failures.push_back({function, after, times, status});
}

/// Overrides a setting: DEVICES, DRIVER_VERSION, MEMORY, MAJOR, MINOR.
EXPORT void emulated_set(const char *name, long value) {
  std::lock_guard<std::mutex> lock(state);
  settings[name] = value;
}

/// How often a function was called.
EXPORT long emulated_calls(const char *function) {
  std::lock_guard<std::mutex> lock(state);
  return calls[function];
}

/// How many are alive: memory, pinned, stream, event, module, graph, exec, bytes.
EXPORT long emulated_live(const char *kind) {
  std::lock_guard<std::mutex> lock(state);
  return strcmp(kind, "bytes") == 0 ? static_cast<long>(allocated(0)) : live[kind];
}

/// What the last fault was, in a sentence; until the next.
EXPORT const char *emulated_fault() { return last_fault.c_str(); }

/// Whether faults, which a test expects, are not printed as well.
EXPORT void emulated_quiet(int on) { quiet = on; }

/// For the libraries: counts a call of theirs, and tells whether a test wants it to fail.
EXPORT int emulated_enter(const char *function) {
  std::lock_guard<std::mutex> lock(state);
  return enter(function);
}
