// A small disk of a test's own (tmpfs), to be filled or made read-only. Mounting takes root: tests
// ask is_up() and are skipped without. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>

namespace relaywatch::support {

class SmallDisk {
 public:
  // Creates the directory `at`; gone with the object, whatever is still open there.
  explicit SmallDisk(const std::string& at, std::uint64_t max_bytes = 2 * 1024 * 1024);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_up() const { return up_; }
  const std::string& path() const { return at_; }
  // To the last page, by a file of its own; Empty removes that.
  void Fill() const;
  void Empty() const;
  // False where somebody has a file open there for writing.
  bool SetReadOnly(bool read_only) const;

 private:
  const std::string at_;
  bool up_ = false;
};

}  // namespace relaywatch::support
