#include "agent/location/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

namespace relaywatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;
// A chain of links that is longer is most likely a circle.
constexpr int kMaxLinks = 8;

}  // namespace

bool FileWatch::Start(std::function<void()> changed) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return false;
  events_.assign(descriptor);
  changed_ = std::move(changed);
  WatchDirectories();
  Wait();
  return true;
}

void FileWatch::Stop() {
  std::error_code ignored;
  events_.close(ignored);
}

// Of the file and of whatever its links name. A directory that is watched already stays so.
void FileWatch::WatchDirectories() {
  fs::path path = file_;
  for (int link = 0; link < kMaxLinks; ++link) {
    inotify_add_watch(events_.native_handle(), path.parent_path().c_str(), kEvents);
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    if (error) return;
    path = path.parent_path() / target;
  }
}

void FileWatch::Wait() {
  events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](std::error_code error) {
    if (error) return;
    Drain();
    WatchDirectories();  // the link may lead elsewhere now
    changed_();
    if (events_.is_open()) Wait();
  });
}

void FileWatch::Drain() {
  alignas(inotify_event) std::array<char, 4096> events;
  while (read(events_.native_handle(), events.data(), events.size()) > 0) {
  }
}

}  // namespace relaywatch::agent
