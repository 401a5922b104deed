#include "tests/support/small_disk.h"

#include <sys/mount.h>

#include <filesystem>
#include <fstream>

namespace relaywatch::support {

SmallDisk::SmallDisk(const std::string& at, std::uint64_t max_bytes) : at_(at) {
  std::filesystem::create_directories(at_);
  const std::string options = "size=" + std::to_string(max_bytes);
  up_ = mount("tmpfs", at_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (up_) umount2(at_.c_str(), MNT_DETACH);
}

void SmallDisk::Fill() const {
  std::ofstream ballast(at_ + "/ballast", std::ios::binary);
  const std::string page(4096, 'x');
  while (ballast << page << std::flush) {
  }
}

void SmallDisk::Empty() const { std::filesystem::remove(at_ + "/ballast"); }

bool SmallDisk::SetReadOnly(bool read_only) const {
  return mount("tmpfs", at_.c_str(), "tmpfs", MS_REMOUNT | (read_only ? MS_RDONLY : 0), nullptr) ==
         0;
}

}  // namespace relaywatch::support
