// The emulated NVRTC: g++ compiles the CUDA text that it is given, behind device.h, to an object file, which plays the cubin.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

extern char **environ;

namespace {

enum Status { SUCCESS = 0, INVALID_INPUT = 3, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6 };

const std::vector<int> ARCHITECTURES = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};

struct Program {
  std::string text, name, cubin, log;
};

std::mutex mutex;
std::set<Program *> programs;

bool is_word(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Reads C++ just well enough for what the generator writes.
struct Reader {
  const std::string &text;
  size_t at = 0;

  void space() {
    while (at < text.size() && isspace(static_cast<unsigned char>(text[at]))) at++;
  }
  bool take(char c) {
    space();
    if (at >= text.size() || text[at] != c) return false;
    at++;
    return true;
  }
  std::string word() {
    space();
    size_t from = at;
    while (at < text.size() && is_word(text[at])) at++;
    return text.substr(from, at - from);
  }
  /// What stands in parentheses.
  std::string parenthesised() {
    if (!take('(')) return "";
    size_t from = at;
    for (int depth = 1; at < text.size(); at++) {
      if (text[at] == '(') depth++;
      if (text[at] == ')' && --depth == 0) break;
    }
    return text.substr(from, at++ - from);
  }
  bool quoted(std::string *content) {
    if (!take('"')) return false;
    size_t from = at;
    while (at < text.size() && text[at] != '"') at++;
    *content = text.substr(from, at++ - from);
    return true;
  }
};

/// Where a word begins, from a place on.
size_t find_word(const std::string &text, const std::string &word, size_t from) {
  for (size_t at = text.find(word, from); at != std::string::npos; at = text.find(word, at + 1)) {
    bool begins = at == 0 || !is_word(text[at - 1]);
    if (begins && (at + word.size() == text.size() || !is_word(text[at + word.size()]))) return at;
  }
  return std::string::npos;
}

bool in_macro(const std::string &text, size_t at) {
  size_t line = text.rfind('\n', at);
  line = line == std::string::npos ? 0 : line + 1;
  return text.compare(line, 1, "#") == 0;
}

/// asm("opcode %0, %1;" : "=f"(x) : "h"(y)) becomes ptx_opcode(x, y), a function of device.h.
std::string without_asm(const std::string &text) {
  std::string result;
  size_t copied = 0;
  for (size_t at = find_word(text, "asm", 0); at != std::string::npos; at = find_word(text, "asm", at + 1)) {
    Reader reader{text, at + 3};
    size_t after_volatile = find_word(text, "volatile", reader.at);
    reader.space();
    if (after_volatile == reader.at) reader.at += strlen("volatile");
    std::string code, more, constraint, arguments;
    if (!reader.take('(') || !reader.quoted(&code)) continue;
    while (reader.quoted(&more)) code += more;
    while (reader.take(':') || reader.take(',')) {
      if (!reader.quoted(&constraint)) continue;
      arguments += (arguments.empty() ? "" : ", ") + reader.parenthesised();
    }
    if (!reader.take(')')) continue;
    std::string opcode = code.substr(0, code.find(' '));
    for (char &c : opcode) c = is_word(c) ? c : '_';
    result += text.substr(copied, at - copied) + "ptx_" + opcode + "(" + arguments + ")";
    copied = reader.at;
  }
  return result + text.substr(copied);
}

/// What tells the driver of each kernel: behind the text, because the types of the parameters must be known.
std::string entries(const std::string &text) {
  std::string result;
  for (const char *keyword : {"KERNEL", "__global__"}) {
    for (size_t at = find_word(text, keyword, 0); at != std::string::npos; at = find_word(text, keyword, at + 1)) {
      if (in_macro(text, at)) continue;
      Reader reader{text, at + strlen(keyword)};
      std::string threads = *keyword == 'K' ? reader.parenthesised() : "1024";
      std::string word = reader.word();
      if (word == "__launch_bounds__") {
        threads = reader.parenthesised();
        word = reader.word();
      }
      if (word == "void") word = reader.word();
      result += "EMULATED_KERNEL(" + word + ", " + threads + ")\n";
    }
  }
  return result;
}

std::string read(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// g++ writes "name:4:11: error: what", NVRTC "name(4): error: what".
std::string as_nvrtc(const std::string &log, const std::string &name) {
  std::string result;
  int errors = 0;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, name.size() + 1, name + ":") != 0) continue;
    size_t number = name.size() + 1;
    size_t end = line.find(':', number);
    size_t what = line.find(": ", number);
    if (end == std::string::npos || what == std::string::npos || line.compare(what, 8, ": error:") != 0) continue;
    result += name + "(" + line.substr(number, end - number) + ")" + line.substr(what) + "\n\n";
    errors++;
  }
  if (errors == 0) return log;
  return result + std::to_string(errors) + (errors == 1 ? " error" : " errors") + " detected in the compilation of \"" + name +
         "\".\n";
}

int compile(Program &program, const std::string &architecture) {
  char folder[] = "/tmp/javelin-emulated-nvrtc-XXXXXX";
  if (!mkdtemp(folder)) return COMPILATION;
  std::string source = std::string(folder) + "/kernel.cpp";
  std::string object = std::string(folder) + "/kernel.o";
  std::string log = std::string(folder) + "/log";
  std::ofstream(source, std::ios::binary)
      << "#line 1 \"" << program.name << "\"\n"
      << without_asm(program.text) << "\n"
      << entries(program.text)
      << "__attribute__((section(\".architecture\"), used)) static const char emulated_architecture[] = \"" << architecture
      << "\";\n";
  // With the large code model there is one kind of reference for the driver to resolve. Nothing is gained by more than -O1, nor by
  // precompiling device.h: most of the time is g++'s start.
  bool modern = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  std::vector<std::string> words = {"g++", "-std=c++17", "-O1", "-w", "-pipe", "-fno-pic", "-mcmodel=large", "-fno-exceptions",
                                    "-fno-rtti", "-fno-math-errno", "-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fstack-clash-protection",
                                    modern ? "-march=x86-64-v3" : "-march=x86-64", "-D__CUDA_ARCH__=" + architecture.substr(3) + "0",
                                    "-include", DEVICE_H, "-c", source, "-o", object};
  std::vector<char *> arguments;
  for (std::string &word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string language = "LC_ALL=C";
  std::vector<char *> environment{language.data()};
  for (char **variable = environ; *variable; variable++) environment.push_back(*variable);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t child;
  int status = posix_spawnp(&child, "g++", &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) {
    program.log = "g++ cannot be started: " + std::string(strerror(status)) + "\n";
    status = COMPILATION;
  } else {
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    program.log = as_nvrtc(read(log), program.name);
    program.cubin = read(object);
    status = status == 0 ? SUCCESS : COMPILATION;
  }
  for (const std::string &file : {source, object, log}) unlink(file.c_str());
  rmdir(folder);
  return status;
}

bool is(Program *program) {
  std::lock_guard<std::mutex> lock(mutex);
  return programs.count(program) > 0;
}

int give(const std::string &text, char *to) {
  memcpy(to, text.c_str(), text.size() + 1);
  return SUCCESS;
}

}  // namespace

EXPORT int nvrtcVersion(int *major, int *minor) {
  *major = VERSION;
  *minor = 0;
  return SUCCESS;
}

EXPORT int nvrtcGetNumSupportedArchs(int *count) {
  *count = static_cast<int>(ARCHITECTURES.size());
  return SUCCESS;
}

EXPORT int nvrtcGetSupportedArchs(int *architectures) {
  memcpy(architectures, ARCHITECTURES.data(), ARCHITECTURES.size() * sizeof(int));
  return SUCCESS;
}

EXPORT int nvrtcCreateProgram(Program **result, const char *text, const char *name, int headers, const char *const *,
                              const char *const *) {
  if (!text || headers != 0) return INVALID_INPUT;
  auto program = new Program{text, name ? name : "default_program", "", ""};
  std::lock_guard<std::mutex> lock(mutex);
  programs.insert(program);
  *result = program;
  return SUCCESS;
}

EXPORT int nvrtcDestroyProgram(Program **program) {
  if (!is(*program)) return INVALID_PROGRAM;
  std::lock_guard<std::mutex> lock(mutex);
  programs.erase(*program);
  delete *program;
  *program = nullptr;
  return SUCCESS;
}

EXPORT int nvrtcCompileProgram(Program *program, int count, const char *const *options) {
  if (!is(program)) return INVALID_PROGRAM;
  std::string architecture = "sm_75";
  for (int i = 0; i < count; i++) {
    std::string option = options[i];
    size_t value = option.find('=');
    std::string key = option.substr(0, value);
    if (key == "-arch" || key == "--gpu-architecture") {
      architecture = option.substr(value + 1);
      bool known = false;
      for (int each : ARCHITECTURES) known |= architecture == "sm_" + std::to_string(each);
      if (known) continue;
    }
    static const std::set<std::string> others = {"--std", "-std", "-default-device", "--device-as-default-execution-space",
                                                 "-w", "--fmad", "-lineinfo", "--generate-line-info"};
    if (others.count(key)) continue;
    program->log = "nvrtc: error: invalid value for --gpu-architecture or unknown option (" + option + ")\n";
    return INVALID_OPTION;
  }
  return compile(*program, architecture);
}

EXPORT int nvrtcGetCUBINSize(Program *program, size_t *size) {
  if (!is(program)) return INVALID_PROGRAM;
  *size = program->cubin.size();
  return SUCCESS;
}

EXPORT int nvrtcGetCUBIN(Program *program, char *cubin) {
  if (!is(program)) return INVALID_PROGRAM;
  memcpy(cubin, program->cubin.data(), program->cubin.size());
  return SUCCESS;
}

// What it compiles for is a GPU, never a virtual one.
EXPORT int nvrtcGetPTXSize(Program *program, size_t *size) {
  if (!is(program)) return INVALID_PROGRAM;
  *size = 1;
  return SUCCESS;
}

EXPORT int nvrtcGetPTX(Program *program, char *ptx) { return is(program) ? give("", ptx) : INVALID_PROGRAM; }

EXPORT int nvrtcGetProgramLogSize(Program *program, size_t *size) {
  if (!is(program)) return INVALID_PROGRAM;
  *size = program->log.size() + 1;
  return SUCCESS;
}

EXPORT int nvrtcGetProgramLog(Program *program, char *log) { return is(program) ? give(program->log, log) : INVALID_PROGRAM; }

EXPORT const char *nvrtcGetErrorString(int status) {
  static const std::map<int, const char *> names = {{SUCCESS, "NVRTC_SUCCESS"},
                                                    {INVALID_INPUT, "NVRTC_ERROR_INVALID_INPUT"},
                                                    {INVALID_PROGRAM, "NVRTC_ERROR_INVALID_PROGRAM"},
                                                    {INVALID_OPTION, "NVRTC_ERROR_INVALID_OPTION"},
                                                    {COMPILATION, "NVRTC_ERROR_COMPILATION"}};
  auto found = names.find(status);
  return found == names.end() ? "NVRTC_ERROR unknown" : found->second;
}
