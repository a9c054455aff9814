// Loads what the emulated NVRTC gives as a cubin: an object file of g++, which is linked here, in memory. A linker's run would cost
// more than the compiler's.
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "emulated.h"

namespace emulated {
namespace {

/// Reads one object file; what is malformed becomes an exception.
struct Object {
  const char *image;
  const Elf64_Ehdr *header;
  const Elf64_Shdr *sections;
  std::vector<char *> at;  // of each section, once it is placed

  explicit Object(const void *from) : image(static_cast<const char *>(from)) {
    header = reinterpret_cast<const Elf64_Ehdr *>(image);
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_REL || header->e_machine != EM_X86_64) {
      throw std::string("not an object file of the emulated NVRTC");
    }
    sections = reinterpret_cast<const Elf64_Shdr *>(image + header->e_shoff);
    at.resize(header->e_shnum);
  }

  const char *name(const Elf64_Shdr &section) const {
    return image + sections[header->e_shstrndx].sh_offset + section.sh_name;
  }

  bool is(const Elf64_Shdr &section, const char *wanted) const { return strcmp(name(section), wanted) == 0; }

  const Elf64_Shdr *find(const char *wanted) const {
    for (int i = 0; i < header->e_shnum; i++) {
      if (is(sections[i], wanted)) return &sections[i];
    }
    return nullptr;
  }

  template <class F> void each_symbol(F visit) const {
    for (int i = 0; i < header->e_shnum; i++) {
      if (sections[i].sh_type != SHT_SYMTAB) continue;
      auto symbols = reinterpret_cast<const Elf64_Sym *>(image + sections[i].sh_offset);
      const char *names = image + sections[sections[i].sh_link].sh_offset;
      for (size_t s = 0; s < sections[i].sh_size / sizeof(Elf64_Sym); s++) visit(symbols[s], names + symbols[s].st_name);
    }
  }
};

size_t round_up(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

/// Code first, then data, then shared memory, which ends at a page that nobody may touch; each on pages of its own.
void place(Object &object, Module &module) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  auto shared = object.find(".bss.shared");
  size_t size[2] = {};
  auto walk = [&](auto visit) {
    for (int i = 0; i < object.header->e_shnum; i++) {
      const Elf64_Shdr &section = object.sections[i];
      if (!(section.sh_flags & SHF_ALLOC) || &section == shared) continue;
      size_t &end = size[section.sh_flags & SHF_EXECINSTR ? 0 : 1];
      end = round_up(end, section.sh_addralign ? section.sh_addralign : 1);
      visit(i, section, end);
      end += section.sh_size;
    }
  };
  walk([](int, const Elf64_Shdr &, size_t) {});
  size_t code = round_up(size[0], page);
  size_t data = round_up(size[1], page);
  size_t shared_bytes = shared ? round_up(shared->sh_size, 64) : 0;
  size_t shared_pages = round_up(shared_bytes, page);
  module.mapped = code + data + shared_pages + page;
  void *all = mmap(nullptr, module.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) throw std::string("no memory for a module");
  module.pages = static_cast<char *>(all);
  size[0] = size[1] = 0;
  walk([&](int i, const Elf64_Shdr &section, size_t end) {
    char *to = module.pages + (section.sh_flags & SHF_EXECINSTR ? 0 : code) + end;
    object.at[static_cast<size_t>(i)] = to;
    if (section.sh_type != SHT_NOBITS) memcpy(to, object.image + section.sh_offset, section.sh_size);
  });
  char *end = module.pages + code + data + shared_pages;
  mprotect(end, page, PROT_NONE);
  if (shared) {
    module.shared = end - shared_bytes;
    module.shared_bytes = shared_bytes;
    object.at[static_cast<size_t>(shared - object.sections)] = module.shared;
  }
}

void *address_of(const Object &object, const Elf64_Sym &symbol, const char *name) {
  if (symbol.st_shndx == SHN_ABS) return reinterpret_cast<void *>(symbol.st_value);
  if (symbol.st_shndx != SHN_UNDEF) return object.at[symbol.st_shndx] + symbol.st_value;
  static void *self = [] {
    Dl_info info{};
    dladdr(reinterpret_cast<void *>(&load), &info);
    return dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  }();
  // Here first, then in the mathematical library, which this one needs.
  void *found = dlsym(self, name);
  if (!found) throw std::string("the kernel needs ") + name + ", which the emulation does not have";
  return found;
}

/// With the large code model there is one kind of reference: an address of 64 bits.
void relocate(const Object &object) {
  for (int i = 0; i < object.header->e_shnum; i++) {
    const Elf64_Shdr &section = object.sections[i];
    if (section.sh_type != SHT_RELA || !object.at[section.sh_info]) continue;
    const Elf64_Shdr &table = object.sections[section.sh_link];
    auto symbols = reinterpret_cast<const Elf64_Sym *>(object.image + table.sh_offset);
    const char *names = object.image + object.sections[table.sh_link].sh_offset;
    auto entries = reinterpret_cast<const Elf64_Rela *>(object.image + section.sh_offset);
    for (size_t r = 0; r < section.sh_size / sizeof(Elf64_Rela); r++) {
      const Elf64_Sym &symbol = symbols[ELF64_R_SYM(entries[r].r_info)];
      if (ELF64_R_TYPE(entries[r].r_info) != R_X86_64_64) {
        throw std::string("an unexpected kind of reference, ") + std::to_string(ELF64_R_TYPE(entries[r].r_info));
      }
      char *to = static_cast<char *>(address_of(object, symbol, names + symbol.st_name)) + entries[r].r_addend;
      memcpy(object.at[section.sh_info] + entries[r].r_offset, &to, sizeof to);
    }
  }
}

/// A function's arrays in shared memory: its static variables, whose names g++ writes as _ZZ<length><function>E...
size_t shared_bytes(const Object &object, const std::string &function) {
  std::string prefix = "_ZZ" + std::to_string(function.size()) + function + "E";
  size_t bytes = 0;
  auto shared = object.find(".bss.shared");
  object.each_symbol([&](const Elf64_Sym &symbol, const char *name) {
    if (shared && symbol.st_shndx == shared - object.sections && prefix.compare(0, prefix.size(), name, prefix.size()) == 0) {
      bytes = round_up(bytes, 16) + symbol.st_size;
    }
  });
  return bytes;
}

}  // namespace

Module::~Module() {
  if (pages) munmap(pages, mapped);
}

std::unique_ptr<Module> load(const void *image, std::string *why) {
  try {
    auto module = std::make_unique<Module>();
    Object object(image);
    place(object, *module);
    relocate(object);
    for (int i = 0; i < object.header->e_shnum; i++) {
      const Elf64_Shdr &section = object.sections[i];
      if (object.is(section, ".architecture")) module->architecture = object.image + section.sh_offset;
      if (!object.is(section, ".kernels")) continue;
      auto entries = reinterpret_cast<const Entry *>(object.at[static_cast<size_t>(i)]);
      for (size_t e = 0; e < section.sh_size / sizeof(Entry); e++) {
        std::string name = entries[e].name;
        module->kernels[name] =
            std::make_unique<Kernel>(Kernel{entries[e], module.get(), shared_bytes(object, name)});
      }
    }
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_t code = 0;
    for (int i = 0; i < object.header->e_shnum; i++) {
      const Elf64_Shdr &section = object.sections[i];
      if (section.sh_flags & SHF_EXECINSTR && object.at[static_cast<size_t>(i)]) {
        code = std::max(code, static_cast<size_t>(object.at[static_cast<size_t>(i)] - module->pages) + section.sh_size);
      }
    }
    if (code && mprotect(module->pages, round_up(code, page), PROT_READ | PROT_EXEC) != 0) {
      throw std::string("this system does not let memory become code");
    }
    return module;
  } catch (const std::string &reason) {
    *why = reason;
    return nullptr;
  }
}

}  // namespace emulated
