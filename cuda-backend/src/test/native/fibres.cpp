// Runs kernels: block by block, and the threads of a block as fibres that take turns at barriers.
//
// A fibre runs threads one after the other for as long as they reach no barrier; one that does keeps its stack, and the next fibre goes
// on. So a kernel without barriers is a loop. In which order threads run changes from turn to turn: a missing barrier shows.
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "emulated.h"

#if !defined(__x86_64__) || !defined(__linux__)
#error "the emulated driver switches fibres on x86-64 Linux only"
#endif

using emulated::uint3;

// void emulated_switch(void **saved, void *next): puts what a call must keep on this stack, and continues on the other. The flags are
// kept because of AC, by which the processor itself refuses misaligned accesses while a kernel runs.
extern "C" void emulated_switch(void **saved, void *next);
extern "C" void emulated_resume();
asm(R"(
.text
.globl emulated_switch
.hidden emulated_switch
emulated_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  pushfq
  movq %rsp, (%rdi)
  movq %rsi, %rsp
.globl emulated_resume
.hidden emulated_resume
emulated_resume:
  popfq
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");

EXPORT uint3 threadIdx, blockIdx, blockDim, gridDim;
uint3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulated {
namespace {

constexpr size_t STACK = 128 << 10;
constexpr unsigned MOST_THREADS = 1024;

enum State { IDLE, RUNNING, AT_BARRIER, AT_WARP };

struct Fibre {
  void *sp;
  State state;
  unsigned thread;  // that it runs or holds
  int line;         // of the barrier
};

char *stacks;  // of all fibres; below each a page that nobody may touch
char *signal_stack;
Fibre fibres[MOST_THREADS];
Fibre *current_fibre;
Fibre *holder[MOST_THREADS];  // of each thread that waits
uint64_t shuffled[MOST_THREADS];
void *scheduler;
int fault;            // what the signal handler found
const void *fault_address;
int fault_signal, fault_code;

const std::function<void()> *body;  // of a thread
unsigned count, started, finished;
bool strict;  // whether it is a kernel's: the C++ library itself makes misaligned accesses
unsigned turn_from, turn_back;
uint32_t random_state = 1;

unsigned random_number() {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  return random_state ^= random_state << 5;
}

/// The i-th thread of this turn: from anywhere, forwards or backwards.
unsigned in_turn(unsigned i) {
  unsigned at = turn_from + i;
  at = at >= count ? at - count : at;
  return turn_back ? count - 1 - at : at;
}

void next_turn() {
  turn_from = random_number() % count;
  turn_back = random_number() >> 8 & 1;
}

void set_thread(unsigned thread) {
  threadIdx.x = thread % blockDim.x;
  threadIdx.y = thread / blockDim.x % blockDim.y;
  threadIdx.z = thread / blockDim.x / blockDim.y;
}

/// Sets or clears the flag by which the processor refuses misaligned accesses.
void check_alignment(bool on) {
  if (on) {
    __asm__ volatile("pushfq; orq $0x40000, (%%rsp); popfq" ::: "memory", "cc");
  } else {
    __asm__ volatile("pushfq; andq $~0x40000, (%%rsp); popfq" ::: "memory", "cc");
  }
}

[[noreturn]] void fibre_main() {
  for (;;) {
    Fibre *self = current_fibre;
    check_alignment(strict);
    while (started < count) {
      self->thread = in_turn(started++);
      set_thread(self->thread);
      (*body)();
      finished++;
    }
    self->state = IDLE;
    emulated_switch(&self->sp, scheduler);
  }
}

void reset(Fibre &fibre) {
  size_t number = static_cast<size_t>(&fibre - fibres);
  auto top = reinterpret_cast<uint64_t *>(stacks + (number + 1) * STACK);
  // As emulated_switch leaves it: the flags, six registers, where to continue; there the stack must be as after a call.
  uint64_t *sp = top - 9;
  memset(sp, 0, 9 * sizeof *sp);
  sp[0] = 0x202;
  sp[7] = reinterpret_cast<uint64_t>(&fibre_main);
  fibre.sp = sp;
  fibre.state = IDLE;
}

void make_stacks() {
  void *all = mmap(nullptr, STACK * MOST_THREADS, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  void *extra = mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED || extra == MAP_FAILED) abort();
  stacks = static_cast<char *>(all);
  signal_stack = static_cast<char *>(extra);
  for (Fibre &fibre : fibres) {
    mprotect(stacks + static_cast<size_t>(&fibre - fibres) * STACK, 4096, PROT_NONE);
    reset(fibre);
  }
}

void resume(Fibre *fibre) {
  fibre->state = RUNNING;
  current_fibre = fibre;
  set_thread(fibre->thread);
  emulated_switch(&scheduler, fibre->sp);
}

/// Parks the thread that calls.
void wait(State state, int line) {
  Fibre *self = current_fibre;
  self->state = state;
  self->line = line;
  holder[self->thread] = self;
  emulated_switch(&self->sp, scheduler);
}

/// Whether all threads of a range that have not finished wait for the same; those are released.
bool release(unsigned from, unsigned to, State state, bool all, std::vector<Fibre *> &ready) {
  Fibre *first = nullptr;
  for (unsigned t = from; t < to; t++) {
    if (!holder[t]) {
      if (all) return false;
      continue;
    }
    if (holder[t]->state != state || (first && holder[t]->line != first->line)) return false;
    first = holder[t];
  }
  for (unsigned i = 0; i < count && first; i++) {
    unsigned t = in_turn(i);
    if (t >= from && t < to && holder[t]) ready.push_back(holder[t]);
  }
  return first != nullptr;
}

void free_holders(const std::vector<Fibre *> &ready) {
  for (Fibre *fibre : ready) holder[fibre->thread] = nullptr;
}

/// Runs the threads of a block to their end.
///
/// @return false where a thread faulted, or waits for one that never comes
bool run_block() {
  started = finished = 0;
  memset(holder, 0, count * sizeof *holder);
  next_turn();
  unsigned used = 0;
  std::vector<Fibre *> ready;
  for (;;) {
    while (started < count && !fault) {
      while (fibres[used].state != IDLE) used++;
      resume(&fibres[used]);
    }
    if (fault) return false;
    if (finished == count) return true;
    next_turn();
    ready.clear();
    for (unsigned from = 0; from < count; from += 32) {
      release(from, std::min(from + 32, count), AT_WARP, false, ready);
    }
    // A thread that has returned cannot come to a barrier any more.
    if (ready.empty() && !release(0, count, AT_BARRIER, true, ready)) return false;
    free_holders(ready);
    for (Fibre *fibre : ready) {
      resume(fibre);
      if (fault) return false;
    }
  }
}

std::string where() {
  auto text = [](const uint3 &at) {
    return "(" + std::to_string(at.x) + ", " + std::to_string(at.y) + ", " + std::to_string(at.z) + ")";
  };
  return " in block " + text(blockIdx) + ", thread " + text(threadIdx);
}

int explain(const std::string &what) {
  std::lock_guard<std::mutex> lock(state);
  int status = LAUNCH_FAILED;
  std::string why;
  if (!fault) {
    int least = 0, most = 0;
    for (unsigned t = 0; t < count; t++) {
      if (!holder[t]) continue;
      least = least == 0 ? holder[t]->line : std::min(least, holder[t]->line);
      most = std::max(most, holder[t]->line);
    }
    why = "a barrier is not reached by all threads: " + std::to_string(finished) + " of " + std::to_string(count) +
          " returned, others wait in line " + std::to_string(least) +
          (most != least ? " and in line " + std::to_string(most) : "") + " in block (" + std::to_string(blockIdx.x) +
          ", " + std::to_string(blockIdx.y) + ", " + std::to_string(blockIdx.z) + ")";
  } else if (fault_signal == SIGBUS || (fault_signal == SIGSEGV && fault_code == SI_KERNEL)) {
    status = MISALIGNED_ADDRESS;
    why = "a misaligned address" + where();
  } else if (fault_signal == SIGSEGV) {
    status = ILLEGAL_ADDRESS;
    auto at = static_cast<const char *>(fault_address);
    bool overflow = at >= stacks && at < stacks + STACK * MOST_THREADS;
    why = (overflow ? "too much local memory" : "an illegal address, " + place(fault_address) + ",") + where();
  } else {
    why = (fault_signal == SIGFPE ? "an integer division by zero" : "a trap") + where();
  }
  report(what + ": " + why);
  return status;
}

struct sigaction before[NSIG];

void handle(int signal, siginfo_t *info, void *context) {
  auto machine = static_cast<ucontext_t *>(context);
  // A handler begins with the flags of what it interrupts.
  check_alignment(false);
  char *sp = reinterpret_cast<char *>(machine->uc_mcontext.gregs[REG_RSP]);
  if (stacks && sp >= stacks && sp < stacks + STACK * MOST_THREADS) {
    fault = 1;
    fault_signal = signal;
    fault_address = info->si_addr;
    fault_code = info->si_code;
    // Not back to the kernel, but to who started its fibre.
    machine->uc_mcontext.gregs[REG_RSP] = reinterpret_cast<greg_t>(scheduler);
    machine->uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(&emulated_resume);
    return;
  }
  struct sigaction &old = before[signal];
  if (old.sa_flags & SA_SIGINFO) {
    old.sa_sigaction(signal, info, context);
  } else if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) {
    old.sa_handler(signal);
  } else {
    sigaction(signal, &old, nullptr);
  }
}

/// While a kernel runs, its faults are handled on a stack of their own: the kernel's may be what is used up.
struct SignalStack {
  stack_t old{};
  SignalStack() {
    stack_t own{};
    own.ss_sp = signal_stack;
    own.ss_size = STACK;
    sigaltstack(&own, &old);
  }
  ~SignalStack() { sigaltstack(&old, nullptr); }
};

/// After a fault the fibres hold threads that will never end.
void clean_up() {
  fault = 0;
  for (Fibre &fibre : fibres) {
    if (fibre.state != IDLE) reset(fibre);
  }
}

}  // namespace

void install_handlers() {
  make_stacks();
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction action{};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(signal, nullptr, &before[signal]);
    action.sa_mask = before[signal].sa_mask;
    sigaction(signal, &action, nullptr);
  }
}

int guarded(const std::string &what, const std::function<void()> &once) {
  SignalStack own;
  body = &once;
  strict = false;
  blockIdx = {0, 0, 0};
  blockDim = {1, 1, 1};
  count = 1;
  int status = run_block() ? SUCCESS : explain(what);
  clean_up();
  return status;
}

int run_kernel(const Entry &entry, uint3 grid, uint3 block, void **args, char *shared, size_t shared_bytes) {
  SignalStack own;
  std::function<void()> thread = [&] { entry.run(args); };
  body = &thread;
  strict = true;
  gridDim = grid;
  blockDim = block;
  count = block.x * block.y * block.z;
  int status = SUCCESS;
  for (unsigned z = 0; z < grid.z && status == SUCCESS; z++) {
    for (unsigned y = 0; y < grid.y && status == SUCCESS; y++) {
      for (unsigned x = 0; x < grid.x && status == SUCCESS; x++) {
        blockIdx = {x, y, z};
        if (shared) memset(shared, 0xff, shared_bytes);
        if (!run_block()) status = explain(std::string("kernel ") + entry.name);
      }
    }
  }
  clean_up();
  return status;
}

}  // namespace emulated

EXPORT void emulated_barrier(int line) { emulated::wait(emulated::AT_BARRIER, line); }

EXPORT void emulated_warp_barrier(int line) { emulated::wait(emulated::AT_WARP, line); }

EXPORT unsigned long long emulated_shuffle(unsigned long long value, int lane, int line) {
  using namespace emulated;
  unsigned self = current_fibre->thread;
  unsigned from = (self & ~31u) + (static_cast<unsigned>(lane) & 31u);
  shuffled[self] = value;
  wait(AT_WARP, line);
  unsigned long long result = from < count ? shuffled[from] : value;
  // Nobody may give the next value before all have this one.
  wait(AT_WARP, line);
  return result;
}
