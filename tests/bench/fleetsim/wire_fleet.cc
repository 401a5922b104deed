#include "tests/bench/fleetsim/wire_fleet.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace relaywatch::bench {
namespace {

using std::chrono::steady_clock;

// Short against the time between two messages at the lower rates, so that they come one by one.
constexpr std::chrono::milliseconds kStep{1};
constexpr int kMaxEvents = 256;

}  // namespace

WireFleet::WireFleet(int agents, std::uint16_t port, const support::CertificateAuthority& ca)
    : events_(epoll_create1(EPOLL_CLOEXEC)) {
  for (int i = 0; i < agents; ++i) {
    const auto credential =
        ca.Issue(support::AgentCertificate("bench", fmt::format("wire-agent-{}", i)));
    agents_.push_back(
        std::make_unique<WireAgent>(port, credential, static_cast<std::uint64_t>(i) + 1));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = agents_.back().get()}};
    epoll_ctl(events_, EPOLL_CTL_ADD, agents_.back()->descriptor(), &event);
    Listen();
  }
}

WireFleet::~WireFleet() { close(events_); }

void WireFleet::Run(int rate, std::chrono::milliseconds time) {
  const auto start = steady_clock::now();
  std::uint64_t done = 0;
  for (auto now = start; now < start + time; now = steady_clock::now()) {
    const std::chrono::duration<double> passed = now - start;
    for (const auto due = static_cast<std::uint64_t>(passed.count() * rate); done < due; ++done) {
      agents_[next_++ % agents_.size()]->SayBatch();
    }
    Listen();
    std::this_thread::sleep_for(kStep);
  }
  said_ += done;
}

bool WireFleet::Settle(std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  while (!Settled()) {
    if (steady_clock::now() >= deadline) return false;
    Run(0, kStep);
  }
  return true;
}

bool WireFleet::Settled() const {
  return std::ranges::all_of(
      agents_, [](const auto& agent) { return agent->welcomed() && agent->unacknowledged() == 0; });
}

void WireFleet::Listen() {
  epoll_event events[kMaxEvents];
  const int count = epoll_wait(events_, events, kMaxEvents, 0);
  for (int i = 0; i < count; ++i) static_cast<WireAgent*>(events[i].data.ptr)->Listen();
}

}  // namespace relaywatch::bench
