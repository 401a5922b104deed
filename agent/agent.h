// The agent: its members stand in the order in which the data takes its way.
//   plan ▶ location ▶ schedule ▶ probe ▶ record ▶ spool ▶ uplink ─▶ collector
// Everything runs on the thread of one io_context; gRPC's threads only post into it.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "agent/enrollment/renewer.h"
#include "agent/housekeeping.h"
#include "agent/location/whereabouts.h"
#include "agent/login/login_throttle.h"
#include "agent/login/logins.h"
#include "agent/plan/adopted_plan.h"
#include "agent/plan/plan_file.h"
#include "agent/policy/policy.h"
#include "agent/probe_engine.h"
#include "agent/schedule/schedule.h"
#include "agent/spool/recorder.h"
#include "agent/spool/spool.h"
#include "agent/uplink/uplink.h"
#include "common/clock.h"
#include "common/identity/identity.h"

namespace relaywatch::agent {

// A configuration with the files it names, read and checked.
struct Settings {
  Config config;
  Identity identity;
  Logins logins;
};

// As LoadConfig, LoadIdentity and Logins::Load; InvalidArgument also for an identity that is no
// agent's.
absl::StatusOr<Settings> LoadSettings(const std::string& config_file, const Clock& clock);

class Agent final : private Orders {
 public:
  // InvalidArgument for a mail_ca that cannot be used. `io` and `clock` must outlive the agent.
  static absl::StatusOr<std::unique_ptr<Agent>> Create(asio::io_context& io, const Clock& clock,
                                                       Settings settings);

  // AlreadyExists where another agent uses the state directory.
  absl::Status Start();

  // Takes over everything that changed, or nothing: FailedPrecondition where the identity is
  // another agent's (that takes a restart), InvalidArgument as Create.
  absl::Status Reload(Settings settings);

  // Begins no more probes, lets those that run finish for a moment, sends what is left; then calls
  // `done`, within about four seconds. The io_context must run until then.
  void Stop(std::function<void()> done);

 private:
  Agent(asio::io_context& io, const Clock& clock, Settings settings,
        std::shared_ptr<ProbeEngine> engine);

  v1::PlanReport OnPlan(const v1::Plan& plan) override;
  void OnProbeNow(const v1::ProbeNow& order) override;
  std::uint64_t PlanRevision() const override { return plan_.revision(); }
  v1::AgentStatus Status() const override;

  absl::Status KeepLogins();
  void UsePlan();
  void ProbeWhatIsDue();
  void ArmScheduleTimer();
  asio::awaitable<void> Probe(std::shared_ptr<ProbeEngine> engine, Service service);
  void CheckForbidden(const Service& service, const std::vector<probe::Report>& reports);
  void Record(const Service& service, const Whereabouts::Standpoint& begin, probe::Report& report);
  void OnMoved();
  void WarnOfDrops();
  void StopUplink();
  void KeepIdentityFresh();

  asio::io_context& io_;
  const Clock& clock_;
  Settings settings_;

  std::shared_ptr<const Policy> policy_;
  AdoptedPlan plan_;
  PlanFile plan_file_;
  Whereabouts whereabouts_;
  Schedule schedule_;
  asio::steady_timer schedule_timer_;
  std::shared_ptr<LoginThrottle> login_throttle_;
  std::shared_ptr<ProbeEngine> engine_;
  Recorder recorder_;
  std::unique_ptr<Spool> spool_;  // from Start on
  std::uint64_t drops_seen_ = 0;
  bool warned_of_drops_ = false;
  std::unique_ptr<Uplink> uplink_;    // from Start on
  std::unique_ptr<Renewer> renewer_;  // null: the identity is an outside PKI's

  Housekeeping housekeeping_;
  std::function<void()> stopped_;  // set: stopping
  asio::steady_timer stop_timer_;
};

}  // namespace relaywatch::agent
