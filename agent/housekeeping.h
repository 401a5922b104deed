// Gives back memory that only the busier past needed: heap pages that malloc holds on to, and the
// pages of programs and libraries that starting touched and resting does not. An agent shares its
// host with the people it works for. First 20 s after Start, then every ten minutes. Confined to
// the io_context's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>

namespace relaywatch::agent {

class Housekeeping {
 public:
  explicit Housekeeping(asio::io_context& io) : timer_(io) {}

  void Start();
  void Stop() { timer_.cancel(); }

 private:
  void After(std::chrono::seconds wait);

  asio::steady_timer timer_;
};

// What one round does. Thread-safe; what is needed again comes back from the page cache by itself.
void GiveBackMemory();

}  // namespace relaywatch::agent
