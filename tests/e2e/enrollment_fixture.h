// A collector with a PKI of its own and one agent that enrols at it, as programs with their files
// in a scratch directory. Confined to one thread.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/programs.h"
#include "tests/support/network.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class EnrollmentE2e : public ::testing::Test {
 protected:
  void StartCollector(const std::string& more = "") {
    scratch_.Write("collector.yaml", fmt::format(R"(
listen:
  agents: 127.0.0.1:{}
  enrollment: 127.0.0.1:{}
  operators: 127.0.0.1:{}
  http: 127.0.0.1:{}
  admin: admin.sock
deployment: e2e
data_directory: data
{}
endpoints:
  - name: nobody
    host: 127.0.0.1
    services: [{{protocol: smtp, port: {}, security: none}}]
    interval: 5s
locations: [{{name: here, match: {{always: true}}}}]
)",
                                                 agents_port_, enrollment_port_, operators_port_,
                                                 http_port_, more, support::FreePort()));
    collector_ = std::make_unique<support::Process>(
        support::Command{.argv = {kCollector, "--config", scratch_ / "collector.yaml"}});
    ASSERT_TRUE(collector_->WaitForOutput("collector: enrolment on", std::chrono::seconds(30)))
        << collector_->Err();
  }
  std::string WriteAgent() {
    return scratch_.Write("agent.yaml", fmt::format("collector: localhost:{}\n"
                                                    "enrollment: {{address: localhost:{}, "
                                                    "token_file: token}}\n"
                                                    "state_directory: state\nlocation: here\n"
                                                    "policy: {{networks: [127.0.0.0/8], "
                                                    "ports: [1-65535]}}\n",
                                                    agents_port_, enrollment_port_));
  }
  void StartAgent() {
    agent_ = std::make_unique<support::Process>(
        support::Command{.argv = {kAgent, "--config", WriteAgent()}});
  }
  support::Completed Relaywatch(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), kRelaywatch);
    arguments.insert(arguments.end(), {"--collector", "unix:" + (scratch_ / "admin.sock")});
    return support::RunToEnd({.argv = std::move(arguments)});
  }
  void WriteToken(const std::vector<std::string>& flags = {}) {
    std::vector<std::string> arguments{"token", "create"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const support::Completed made = Relaywatch(arguments);
    ASSERT_EQ(made.exit_code, 0) << made.err;
    scratch_.Write("token", made.out);
  }
  nlohmann::json Agents() const {
    const support::Completed listed = Relaywatch({"agents", "--output", "json"});
    return nlohmann::json::parse(listed.out, nullptr, false);
  }
  std::string Sql(const std::string& file, const std::string& query) const {
    return support::RunToEnd({.argv = {"sqlite3", "-readonly", scratch_ / ("data/" + file), query}})
        .out;
  }
  int Results() const {
    return std::stoi("0" + Sql("relaywatch.db", "SELECT count(*) FROM results"));
  }

  support::ScratchDirectory scratch_;
  const std::uint16_t agents_port_ = support::FreePort();
  const std::uint16_t enrollment_port_ = support::FreePort();
  const std::uint16_t operators_port_ = support::FreePort();
  const std::uint16_t http_port_ = support::FreePort();
  std::unique_ptr<support::Process> collector_;
  std::unique_ptr<support::Process> agent_;
};

}  // namespace relaywatch::e2e
