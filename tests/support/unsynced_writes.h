// What a disk may have kept when the power goes: everything up to a file's last fsync, and of what
// was written since, any part in any order, torn anywhere at the bounds of sectors. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relaywatch::support {

class UnsyncedWrites {
 public:
  // From now on; files that are there already count as synced when they are opened.
  void Record();
  // The power goes at the so manieth write, truncation or fsync from now on: then `to` gets what
  // the disk may have kept of the files in `from`. Whoever writes notices nothing of it.
  void LosePowerIn(int steps, const std::string& from, const std::string& to, unsigned seed);
  bool power_lost() const;

  // What happens to a file, told before it is done.
  void Opened(const std::string& file);
  void Written(const std::string& file, std::int64_t at, std::string_view bytes);
  void Truncated(const std::string& file, std::int64_t size);
  void Synced(const std::string& file);
  void Deleted(const std::string& file);

 private:
  struct Change {
    std::int64_t at = 0;
    std::string bytes;
    bool truncates = false;
  };
  struct File {
    std::string content;   // as of the last fsync
    bool durable = false;  // its name is on disk
    std::vector<Change> since;
  };
  static void Apply(const Change& change, std::string& content);
  void Step();
  void Keep(const std::string& name, const File& file);
  std::vector<Change> Survivors(const File& file);

  mutable std::mutex mutex_;
  bool recording_ = false;
  std::map<std::string, File> files_;
  int steps_left_ = 0;  // 0: the power stays
  bool lost_ = false;
  std::string from_;
  std::string to_;
  std::mt19937 random_;
};

}  // namespace relaywatch::support
