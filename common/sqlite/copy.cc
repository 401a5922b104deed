#include "common/sqlite/copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "common/sqlite/sqlite.h"

namespace relaywatch::sqlite {
namespace {

// From one fsync to the next: at most some tens of milliseconds of the disk.
constexpr int kPages = 1024;

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::Status Failure(const std::string& file) {
  return {absl::ErrnoToStatusCode(errno), fmt::format("{}: {}", file, std::strerror(errno))};
}

struct Finisher {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

absl::Status CopyPages(Database& from, Database& to, int descriptor,
                       const std::function<bool()>& stop) {
  std::unique_ptr<sqlite3_backup, Finisher> backup(
      sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (backup == nullptr) return to.Error("copy");
  int result = SQLITE_OK;
  while (result == SQLITE_OK) {
    if (stop()) return absl::CancelledError("stopped");
    result = sqlite3_backup_step(backup.get(), kPages);
    if (fdatasync(descriptor) != 0) return Failure("copy");
  }
  sqlite3_backup_finish(backup.release());
  return result == SQLITE_DONE ? absl::OkStatus() : to.Error("copy");
}

}  // namespace

absl::StatusOr<std::int64_t> Copy(const std::string& from, const std::string& to,
                                  const std::function<bool()>& stop) {
  const Descriptor file(open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return Failure(to);
  auto source = Database::OpenReadOnly(from);
  if (!source.ok()) return source.status();
  // A moment is held from here on; without that every commit would make the copy begin anew.
  if (auto begun = source->Execute("PRAGMA mmap_size = 0; PRAGMA busy_timeout = 5000; BEGIN");
      !begun.ok()) {
    return begun;
  }
  if (auto seen = source->Integer("SELECT count(*) FROM sqlite_schema"); !seen.ok()) {
    return seen.status();
  }
  {
    auto target = Database::Open(to);
    if (!target.ok()) return target.status();
    // Nobody reads it before it is whole, and we see to its being on disk.
    auto set = target->Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    if (!set.ok()) return set;
    if (auto copied = CopyPages(*source, *target, file.get(), stop); !copied.ok()) {
      return absl::Status(copied.code(), fmt::format("{}: {}", to, std::string(copied.message())));
    }
  }
  struct stat status {};
  if (fsync(file.get()) != 0 || fstat(file.get(), &status) != 0) return Failure(to);
  return status.st_size;
}

}  // namespace relaywatch::sqlite
