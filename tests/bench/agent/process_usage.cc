#include "tests/bench/agent/process_usage.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace relaywatch::bench {
namespace {

constexpr double kKibibyteInMb = 1024e-6;

std::filesystem::path ProcOf(pid_t pid) {
  return std::filesystem::path("/proc") / std::to_string(pid);
}

}  // namespace

Memory MemoryOf(pid_t pid) {
  Memory memory;
  std::ifstream rollup(ProcOf(pid) / "smaps_rollup");
  for (std::string line; std::getline(rollup, line);) {
    std::istringstream fields(line);
    std::string name;
    double kib = 0;
    fields >> name >> kib;
    if (name == "Rss:") memory.rss_mb = kib * kKibibyteInMb;
    if (name == "Private_Clean:" || name == "Private_Dirty:") {
      memory.private_mb += kib * kKibibyteInMb;
    }
  }
  return memory;
}

double CpuSecondsOf(pid_t pid) {
  std::uint64_t total_ns = 0;
  for (const auto& task : std::filesystem::directory_iterator(ProcOf(pid) / "task")) {
    std::uint64_t ns = 0;
    std::ifstream(task.path() / "schedstat") >> ns;
    total_ns += ns;
  }
  return static_cast<double>(total_ns) * 1e-9;
}

}  // namespace relaywatch::bench
