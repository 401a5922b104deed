#include "tests/e2e/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace relaywatch::e2e {
namespace {

constexpr const char* kDeployment = "e2e";
constexpr std::chrono::seconds kReady{20};
constexpr int kHangs = 1'000;  // instead of an exit code

}  // namespace

Deployment::Deployment(std::string address) : address_(std::move(address)) {
  scratch_.Write("ca.pem", ca_.certificate_pem());
  scratch_.Write("collector.pem", ca_.Issue({.names = {"localhost", address_}}).IdentityPem());
}

std::string Deployment::WriteCollector(const std::string& rest, const std::string& data_directory) {
  const std::string head = fmt::format(
      "listen: {{agents: {}:{}, http: 127.0.0.1:{}, admin: collector.sock}}\n"
      "identity: collector.pem\n"
      "ca: ca.pem\n"
      "deployment: {}\n"
      "data_directory: {}\n",
      address_, agents_port_, http_port_, kDeployment, data_directory);
  return scratch_.Write("collector.yaml", head + rest);
}

std::string Deployment::WriteAgent(const AgentSetup& agent) {
  const std::string identity =
      agent.identity.empty()
          ? ca_.Issue(support::AgentCertificate(kDeployment, agent.name)).IdentityPem()
          : agent.identity;
  scratch_.Write(agent.name + ".pem", identity);
  std::string config = fmt::format("collector: {}:{}\nidentity: {}.pem\nca: ca.pem\npolicy: {}\n",
                                   address_, agents_port_, agent.name, agent.policy);
  const std::string& location = agent.location.empty() ? agent.name : agent.location;
  if (agent.declares) config += "location: " + location + "\n";
  if (!agent.source.empty()) config += "source_address: " + agent.source + "\n";
  if (!agent.mail_ca.empty()) config += "mail_ca: " + agent.mail_ca + "\n";
  if (!agent.state_directory.empty()) config += "state_directory: " + agent.state_directory + "\n";
  return scratch_.Write(agent.name + ".yaml", config);
}

support::Completed Deployment::Relaywatch(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), kRelaywatch);
  arguments.insert(arguments.end(), {"--collector", "unix:" + scratch_ / "collector.sock"});
  return support::RunToEnd({.argv = std::move(arguments)});
}

bool Deployment::StartCollector(const std::string& rest, std::vector<std::string> wrapper) {
  wrapper.insert(wrapper.end(), {kCollector, "--config", WriteCollector(rest)});
  collector_ = std::make_unique<support::Process>(support::Command{.argv = std::move(wrapper)});
  return support::Eventually(kReady,
                             [&] {
                               if (collector_->WaitForExit(std::chrono::milliseconds(0)))
                                 return true;
                               return support::Http(http_port_, "/-/ready").status == 200;
                             }) &&
         !collector_->WaitForExit(std::chrono::milliseconds(0));
}

void Deployment::StartAgent(const AgentSetup& agent) {
  std::vector<std::string> argv = agent.wrapper;
  argv.insert(argv.end(), {kAgent, "--config", WriteAgent(agent)});
  agents_.push_back(std::make_unique<support::Process>(support::Command{.argv = std::move(argv)}));
}

int Deployment::StopAgents() {
  int worst = 0;
  for (const auto& agent : agents_) agent->Signal(SIGTERM);
  for (const auto& agent : agents_) {
    worst = std::max(worst, agent->WaitForExit(kReady).value_or(kHangs));
  }
  return worst;
}

std::string Deployment::Sql(const std::string& query) const {
  const std::string database = scratch_ / "data/relaywatch.db";
  support::Completed asked = support::RunToEnd({.argv = {"sqlite3", "-readonly", database, query}});
  if (asked.exit_code != 0) return "sqlite3: " + asked.err;
  if (asked.out.ends_with('\n')) asked.out.pop_back();
  return asked.out;
}

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::optional<double> MetricSum(const std::string& exposition, const std::string& metric,
                                const std::vector<std::string>& labels) {
  std::optional<double> sum;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(metric + "{") && !line.starts_with(metric + " ")) continue;
    const auto stands = [&](const std::string& label) { return line.find(label) != line.npos; };
    if (!std::ranges::all_of(labels, stands)) continue;
    sum = sum.value_or(0) + std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return sum;
}

}  // namespace relaywatch::e2e
