// Memory of the emulated devices, and pinned memory of the host. Each block has pages of its own, ends at a page that nobody may
// touch, is filled with 0xff (a NaN of every kind, -1 of every integer), and its addresses are never given out again.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "emulated.h"

namespace emulated {
namespace {

constexpr size_t ADDRESSES = size_t{1} << 42;
// What kernels may count on is 256; less leaves fewer bytes between the end of a block and the page that guards it.
constexpr size_t ALIGNMENT = 64;
// Filling a whole gigabyte would make the memory that tests merely ask for real.
constexpr size_t POISONED = size_t{8} << 20;

std::map<char *, Block> blocks;
std::map<char *, size_t> freed;  // the last few, for reports
std::map<int, size_t> used;
char *next_page;
char *last_page;

size_t round_up(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

char *take_pages(size_t bytes) {
  if (!next_page) {
    void *all = mmap(nullptr, ADDRESSES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return nullptr;
    next_page = static_cast<char *>(all);
    last_page = next_page + ADDRESSES;
  }
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (bytes + page > static_cast<size_t>(last_page - next_page)) return nullptr;
  char *pages = next_page;
  if (mprotect(pages, bytes, PROT_READ | PROT_WRITE) != 0) return nullptr;
  next_page += bytes + page;
  return pages;
}

bool poisoned(const char *from, const char *to) {
  return std::all_of(from, to, [](char c) { return c == '\xff'; });
}

}  // namespace

int allocate(int device, size_t bytes, char **address) {
  if (bytes == 0) return INVALID_VALUE;
  size_t limit = static_cast<size_t>(setting("MEMORY", 4L << 30));
  if (device != HOST && (bytes > limit || used[device] + bytes > limit)) return OUT_OF_MEMORY;
  size_t mapped = round_up(bytes, static_cast<size_t>(sysconf(_SC_PAGESIZE)));
  char *pages = take_pages(mapped);
  if (!pages) return OUT_OF_MEMORY;
  char *begin = pages + mapped - round_up(bytes, ALIGNMENT);
  memset(pages, 0xff, std::min(mapped, POISONED));
  // The bytes after the end say later whether a kernel wrote there.
  memset(begin + bytes, 0xff, static_cast<size_t>(pages + mapped - (begin + bytes)));
  blocks[begin] = {begin, bytes, pages, mapped, device};
  used[device] += bytes;
  live[device == HOST ? "pinned" : "memory"]++;
  *address = begin;
  return SUCCESS;
}

int release(char *address, bool host) {
  auto found = blocks.find(address);
  if (found == blocks.end() || (found->second.device == HOST) != host) return INVALID_VALUE;
  Block block = found->second;
  const char *end = block.begin + block.bytes;
  int status = SUCCESS;
  bool before = block.mapped > POISONED || poisoned(block.pages, block.begin);
  if (!before || !poisoned(end, block.pages + block.mapped)) {
    report("somebody wrote just " + std::string(before ? "after the end of" : "before") + " a block of " +
           std::to_string(block.bytes) + " bytes");
    status = ILLEGAL_ADDRESS;
  }
  // Not munmap: these addresses stay taken, so that who uses them later is caught.
  if (mmap(block.pages, block.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
      MAP_FAILED) {
    return OUT_OF_MEMORY;
  }
  used[block.device] -= block.bytes;
  live[host ? "pinned" : "memory"]--;
  freed[block.begin] = block.bytes;
  if (freed.size() > 4096) freed.erase(freed.begin());
  blocks.erase(found);
  return status;
}

const Block *block_of(const void *address, size_t bytes) {
  char *at = static_cast<char *>(const_cast<void *>(address));
  auto after = blocks.upper_bound(at);
  if (after == blocks.begin()) return nullptr;
  const Block &block = std::prev(after)->second;
  size_t offset = static_cast<size_t>(at - block.begin);
  return offset <= block.bytes && bytes <= block.bytes - offset ? &block : nullptr;
}

std::string place(const void *address) {
  char *at = static_cast<char *>(const_cast<void *>(address));
  auto distance = [&](char *begin, size_t bytes) {
    return at < begin ? std::to_string(begin - at) + " bytes before the begin"
                      : std::to_string(at - begin - static_cast<long>(bytes)) + " bytes after the end";
  };
  for (const auto &[begin, bytes] : freed) {
    if (at >= begin && at < begin + bytes) {
      return "byte " + std::to_string(at - begin) + " of a block of " + std::to_string(bytes) + " bytes that was freed";
    }
  }
  for (const auto &[begin, block] : blocks) {
    if (at >= block.pages - 4096 && at < block.pages + block.mapped + 4096) {
      return distance(begin, block.bytes) + " of a block of " + std::to_string(block.bytes) + " bytes";
    }
  }
  return "no memory of the device";
}

size_t allocated(int device) { return used[device]; }

}  // namespace emulated
