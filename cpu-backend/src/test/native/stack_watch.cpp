// Sends signals to all threads of a process, some thousand a second, and counts those that find the stack pointer outside the thread's stack: there
// the kernel would write a signal's state over the memory of others. Preloaded; handlers run on stacks of their own.

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace {

constexpr int MOST = 256;
constexpr size_t HANDLER_STACK = 1 << 18;

struct Thread {
  volatile int id;
  char *lowest;
  char *end;
};

Thread threads[MOST];
volatile int count;
volatile long signals;
volatile long outside;
thread_local Thread *self;

using Body = void *(*)(void *);
using Create = int (*)(pthread_t *, const pthread_attr_t *, Body, void *);

Create create() {
  static Create found = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return found;
}

void handle(int, siginfo_t *, void *context) {
  if (self == nullptr) {
    return;
  }
  auto *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
  char *stack = reinterpret_cast<char *>(registers[REG_RSP]);
  __sync_fetch_and_add(&signals, 1);
  if (stack < self->lowest || stack >= self->end) {
    __sync_fetch_and_add(&outside, 1);
  }
}

struct Start {
  Body body;
  void *argument;
};

void *run(void *given) {
  Start start = *static_cast<Start *>(given);
  free(given);
  stack_t own = {};
  own.ss_sp = malloc(HANDLER_STACK);
  own.ss_size = HANDLER_STACK;
  sigaltstack(&own, nullptr);
  int number = __sync_fetch_and_add(&count, 1);
  if (number < MOST) {
    pthread_attr_t attributes;
    void *lowest;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    threads[number].lowest = static_cast<char *>(lowest);
    threads[number].end = threads[number].lowest + size;
    self = &threads[number];
    threads[number].id = static_cast<int>(syscall(SYS_gettid));
  }
  void *result = start.body(start.argument);
  if (number < MOST) {
    threads[number].id = 0;
  }
  return result;
}

void *send(void *) {
  while (true) {
    usleep(300);
    for (int i = 0; i < count && i < MOST; i++) {
      int id = threads[i].id;
      if (id != 0) {
        syscall(SYS_tgkill, getpid(), id, SIGRTMIN + 5);
      }
    }
  }
}

void report() { fprintf(stderr, "signals %ld, outside %ld\n", signals, outside); }

__attribute__((constructor)) void begin() {
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigaction(SIGRTMIN + 5, &action, nullptr);
  pthread_t sender;
  create()(&sender, nullptr, send, nullptr);
  atexit(report);
}

}  // namespace

extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, Body body,
                              void *argument) {
  auto *start = static_cast<Start *>(malloc(sizeof(Start)));
  start->body = body;
  start->argument = argument;
  return create()(thread, attributes, run, start);
}
