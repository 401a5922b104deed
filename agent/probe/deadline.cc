#include "agent/probe/deadline.h"

#include <algorithm>
#include <asio/steady_timer.hpp>

namespace relaywatch::probe {

// Shared with the timer's handler, which may already be queued when the deadline goes away.
struct Deadline::State {
  State(asio::io_context& io, asio::ip::tcp::socket& guarded) : timer(io), socket(&guarded) {}

  asio::steady_timer timer;
  asio::ip::tcp::socket* socket;  // null once the deadline is gone
  TimePoint at = TimePoint::max();
  TimePoint armed_for = TimePoint::max();  // max: not armed
};

Deadline::Deadline(asio::io_context& io, asio::ip::tcp::socket& socket, TimePoint end)
    : end_(end), state_(std::make_shared<State>(io, socket)) {}

Deadline::~Deadline() {
  state_->socket = nullptr;
  state_->timer.cancel();
}

void Deadline::Set(std::chrono::milliseconds limit) {
  state_->at = std::min(std::chrono::steady_clock::now() + limit, end_);
  if (state_->at < state_->armed_for) Arm(state_);
}

bool Deadline::Passed() const { return std::chrono::steady_clock::now() >= state_->at; }

void Deadline::Arm(const std::shared_ptr<State>& state) {
  state->armed_for = state->at;
  state->timer.expires_at(state->at);
  state->timer.async_wait([state](const std::error_code& error) {
    if (error || state->socket == nullptr) return;  // armed anew, or gone
    state->armed_for = TimePoint::max();
    if (std::chrono::steady_clock::now() < state->at) return Arm(state);
    std::error_code ignored;
    state->socket->cancel(ignored);
  });
}

}  // namespace relaywatch::probe
