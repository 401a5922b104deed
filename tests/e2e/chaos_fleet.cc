#include "tests/e2e/chaos_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr auto kUp = 30s;
constexpr auto kSettled = 180s;
constexpr milliseconds kMaxDown{2'000};  // of a daemon that was killed
constexpr milliseconds kMaxCut{4'000};

}  // namespace

ChaosFleet::ChaosFleet(const ChaosPlan& plan) : plan_(plan), random_(plan.seed) {}

ChaosFleet::~ChaosFleet() = default;

std::string ChaosFleet::AgentName(int i) const { return fmt::format("agent-{}", i); }

std::string ChaosFleet::Start() {
  if (!network_.is_up()) return "no network of our own";
  if (std::string wrong = StartMail(); !wrong.empty()) return wrong;
  deployment_.WriteCollector(Plan(true));
  StartCollector();
  if (!IsReady()) return "the collector is not ready: " + collector_->Err();
  for (int i = 0; i < plan_.agents; ++i) {
    configs_.push_back(
        deployment_.WriteAgent({.name = AgentName(i), .state_directory = AgentName(i) + "-state"}));
    agents_.emplace_back();
    StartAgent(i);
  }
  return "";
}

std::string ChaosFleet::StartMail() {
  std::string listeners;
  for (int i = 0; i < plan_.services; ++i) {
    mail_ports_.push_back(support::FreePort());
    listeners += fmt::format("  - {{address: 127.0.0.1, port: {}, security: starttls}}\n",
                             mail_ports_.back());
  }
  const std::string config = deployment_.scratch().Write(
      "mail.yaml", "name: localhost\nidentity: collector.pem\nlisteners:\n" + listeners +
                       "rules:\n  - {client: 0.0.0.0/0, starttls: true, auth: {plain: [LOGIN], "
                       "tls: [LOGIN]}, relay: refused}\n");
  mail_ =
      std::make_unique<support::Process>(support::Command{.argv = {kDemoMail, "--config", config}});
  return support::WaitForPort("127.0.0.1", mail_ports_.back(), kUp) ? "" : mail_->Err();
}

std::string ChaosFleet::Plan(bool probing) const {
  if (!probing) return "";
  std::string services;
  for (const std::uint16_t port : mail_ports_) {
    services += fmt::format("      - {{protocol: smtp, port: {}, security: none}}\n", port);
  }
  return fmt::format(
      "endpoints:\n  - name: mail\n    host: 127.0.0.1\n    interval: 5s\n    services:\n{}"
      "locations:\n  - {{name: office, match: {{always: true}}}}\n",
      services);
}

void ChaosFleet::StartAgent(int i) {
  agents_[i] = std::make_unique<support::Process>(
      support::Command{.argv = {kAgent, "--config", configs_[i]}});
}

void ChaosFleet::StartCollector() {
  collector_ = std::make_unique<support::Process>(
      support::Command{.argv = {kCollector, "--config", deployment_.scratch() / "collector.yaml"}});
}

bool ChaosFleet::IsReady() const {
  return support::Eventually(
      kUp, [&] { return support::Http(deployment_.http_port(), "/-/ready").status == 200; });
}

void ChaosFleet::KillOneAgent() {
  const int i = static_cast<int>(random_() % agents_.size());
  agents_[i]->Signal(SIGKILL);
  agents_[i]->WaitForExit(kUp);
  std::istringstream epochs(
      AskSpool(i, fmt::format("SELECT '{}', printf('%016x', epoch), last FROM epoch WHERE last > 0",
                              AgentName(i))));
  for (std::string line; std::getline(epochs, line);) promised_.push_back(line);
  StartAgent(i);
}

void ChaosFleet::KillCollector() {
  collector_->Signal(SIGKILL);
  collector_->WaitForExit(kUp);
  std::this_thread::sleep_for(milliseconds(random_() % kMaxDown.count()));
  StartCollector();
}

void ChaosFleet::Cut() {
  Lose(100);
  std::this_thread::sleep_for(milliseconds(random_() % kMaxCut.count()));
  Lose(plan_.loss_percent);
}

void ChaosFleet::Lose(int percent) const {
  const std::string port = std::to_string(deployment_.agents_port());
  const std::string rules = deployment_.scratch().Write(
      "network.nft",
      fmt::format("table inet chaos {{}}\ndelete table inet chaos\ntable inet chaos {{\n"
                  "  chain way {{\n    type filter hook input priority filter\n"
                  "    tcp dport {0} numgen random mod 100 < {1} drop\n"
                  "    tcp sport {0} numgen random mod 100 < {1} drop\n  }}\n}}\n",
                  port, percent));
  network_.Filter(rules, {});
}

ChaosCounts ChaosFleet::Suffer() {
  ChaosCounts counts;
  Lose(plan_.loss_percent);
  const auto end = Clock::now() + plan_.time;
  auto agent_kill = Clock::now() + plan_.agent_kill_every;
  auto collector_kill = Clock::now() + plan_.collector_kill_every;
  auto cut = Clock::now() + plan_.cut_every;
  while (Clock::now() < end) {
    std::this_thread::sleep_until(std::min({agent_kill, collector_kill, cut, end}));
    const auto now = Clock::now();
    if (now >= agent_kill) {
      KillOneAgent();
      ++counts.agents_killed;
      agent_kill = now + plan_.agent_kill_every;
    }
    if (now >= collector_kill) {
      KillCollector();
      ++counts.collector_killed;
      collector_kill = now + plan_.collector_kill_every;
    }
    if (now >= cut) {
      Cut();
      ++counts.cuts;
      cut = now + plan_.cut_every;
    }
  }
  Lose(0);
  return counts;
}

std::string ChaosFleet::Settle() {
  // The last that was killed may only just have begun anew, and know no signals yet.
  if (!IsReady()) return "the collector is not ready: " + collector_->Err();
  // Probing ends once every agent has a plan without endpoints.
  deployment_.WriteCollector(Plan(false));
  collector_->Signal(SIGHUP);
  // Agents that were turned away often have long pauses.
  for (const auto& agent : agents_) agent->Signal(SIGHUP);
  std::string metrics;
  const bool settled = support::Eventually(kSettled, [&] {
    std::this_thread::sleep_for(500ms);
    metrics = deployment_.Metrics();
    return MetricSum(metrics, "relaywatch_agents", {"state=\"connected\""}) == plan_.agents &&
           MetricSum(metrics, "relaywatch_agent_backlog_results") == 0;
  });
  if (!settled) return "not settled: " + Unsettled(metrics);
  // The last report of an agent may be older than its last result.
  std::this_thread::sleep_for(20s);
  return "";
}

std::string ChaosFleet::Unsettled(const std::string& metrics) const {
  std::string wrong;
  for (int i = 0; i < plan_.agents; ++i) {
    const std::string label = fmt::format("agent=\"{}\"", AgentName(i));
    if (const auto code = agents_[i]->WaitForExit(0ms)) {
      wrong += fmt::format("{} ended with {}: {}\n", AgentName(i), *code, agents_[i]->Err());
    } else if (MetricSum(metrics, "relaywatch_agent_backlog_results", {label}) != 0) {
      wrong += fmt::format("{} has not drained: {}\n", AgentName(i), agents_[i]->Err());
    }
  }
  return wrong + collector_->Err();
}

int ChaosFleet::StopAgents() {
  int failed = 0;
  for (const auto& agent : agents_) agent->Signal(SIGTERM);
  for (const auto& agent : agents_) failed += agent->WaitForExit(kUp) == 0 ? 0 : 1;
  return failed;
}

std::string ChaosFleet::AskSpool(int i, const std::string& query) const {
  const std::string spool = deployment_.scratch() / (AgentName(i) + "-state/spool.sqlite");
  const auto asked =
      support::RunToEnd({.argv = {"sqlite3", "-readonly", "-separator", " ", spool, query}});
  return asked.exit_code == 0 ? asked.out : asked.err;
}

long ChaosFleet::Held() const {
  long held = 0;
  for (int i = 0; i < plan_.agents; ++i) {
    held += std::atol(AskSpool(i, "SELECT count(*) FROM result").c_str());
  }
  return held;
}

}  // namespace relaywatch::e2e
