#include "tests/bench/fleetsim/simulated_agent.h"

#include <utility>

namespace relaywatch::bench {
namespace {

constexpr std::size_t kMaxQueued = 1'000;
// Microseconds of the stages of a dialogue over a wide-area network.
constexpr std::uint32_t kStageUs[] = {900,    14'000, 31'000, 15'000, 14'500, 42'000,
                                      15'000, 16'000, 17'000, 19'000, 14'000};

}  // namespace

SimulatedAgent::SimulatedAgent(asio::io_context& io, const Clock& clock, agent::Peer peer,
                               const FleetSpeech& speech)
    : clock_(clock),
      speech_(speech),
      spool_(agent::RandomEpoch(), kMaxQueued),
      uplink_(io, clock, spool_, *this, std::move(peer)),
      connect_timer_(io),
      talk_timer_(io) {}

void SimulatedAgent::ConnectAfter(std::chrono::milliseconds wait) {
  connect_timer_.expires_after(wait);
  connect_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) uplink_.Start();
  });
}

void SimulatedAgent::Talk(std::chrono::milliseconds first, std::chrono::milliseconds interval) {
  talk_timer_.expires_after(first);
  talk_timer_.async_wait([this, interval](const asio::error_code& error) {
    if (error) return;
    Append();
    Talk(interval, interval);
  });
}

void SimulatedAgent::Append() {
  const Instant now = clock_.Now();
  for (int i = 0; i < kResultsOfBatch; ++i) {
    agent::SpooledResult spooled{.path = speech_.path, .outcome = speech_.outcome, .result = {}};
    spooled.result.set_wall_ms(now.wall_ms);
    spooled.result.set_boot_ms(now.boot_ms);
    spooled.result.mutable_stage_us()->Add(std::begin(kStageUs), std::end(kStageUs));
    spooled.boot_id = boot_id_;
    const bool last = i + 1 == kResultsOfBatch;  // sends all
    spool_.Append(std::move(spooled), last);
    uplink_.Appended(last);
  }
}

v1::PlanReport SimulatedAgent::OnPlan(const v1::Plan& plan) {
  v1::PlanReport report;
  report.set_revision(plan.revision());
  return report;
}

v1::AgentStatus SimulatedAgent::Status() const {
  v1::AgentStatus status;
  status.set_location("office");
  status.set_wall_ms(clock_.Now().wall_ms);
  return status;
}

}  // namespace relaywatch::bench
