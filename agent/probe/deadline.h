// The one timer of a dialogue. Its deadline moves with every stage and never past the end of the
// dialogue; when it passes, what waits on the socket is cancelled and Passed() stays true until the
// next Set. Moving it later costs no system call: the timer sleeps on and looks again.
// Steady clock. The socket must outlive the deadline. Confined to the thread of its io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

namespace relaywatch::probe {

class Deadline {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Deadline(asio::io_context& io, asio::ip::tcp::socket& socket, TimePoint end);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // From now, and not past the end.
  void Set(std::chrono::milliseconds limit);
  bool Passed() const;

 private:
  struct State;
  static void Arm(const std::shared_ptr<State>& state);

  const TimePoint end_;
  std::shared_ptr<State> state_;
};

}  // namespace relaywatch::probe
