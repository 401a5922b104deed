#include "agent/housekeeping.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string_view>

namespace relaywatch::agent {
namespace {

constexpr std::chrono::seconds kFirst{20};
constexpr std::chrono::minutes kEvery{10};

// Unmaps the pages of code. Code is mapped from its file and never written, so nothing can be lost
// (but a debugger's breakpoints); segments that are writable and the kernel's vDSO are left alone.
int ReleaseCode(dl_phdr_info* object, std::size_t /*size*/, void* /*data*/) {
  if (std::string_view(object->dlpi_name).starts_with("linux-")) return 0;
  const auto page = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    const bool is_code =
        segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 && (segment.p_flags & PF_W) == 0;
    if (!is_code) continue;
    const ElfW(Addr) begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const ElfW(Addr) end = object->dlpi_addr + segment.p_vaddr + segment.p_filesz;
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void GiveBackMemory() {
  malloc_trim(0);
  dl_iterate_phdr(ReleaseCode, nullptr);
}

void Housekeeping::Start() { After(kFirst); }

void Housekeeping::After(std::chrono::seconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    GiveBackMemory();
    After(kEvery);
  });
}

}  // namespace relaywatch::agent
