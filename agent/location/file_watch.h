// Tells when a file may have changed: written, replaced, made or taken away, itself or where its
// symbolic links lead (resolv.conf is replaced by some programs and linked elsewhere by others).
// Watches directories, since a watch on a file ends with that file; so it tells of neighbours too,
// and whoever listens looks at what the file says. inotify(7). Confined to the io_context's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>

namespace relaywatch::agent {

class FileWatch {
 public:
  FileWatch(asio::io_context& io, std::string file) : events_(io), file_(std::move(file)) {}

  // False (and errno) where the kernel gives no watch.
  bool Start(std::function<void()> changed);
  void Stop();

 private:
  void WatchDirectories();
  void Wait();
  void Drain();

  asio::posix::stream_descriptor events_;
  const std::string file_;
  std::function<void()> changed_;
};

}  // namespace relaywatch::agent
