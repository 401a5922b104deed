// The agent's real parts against a minimal collector and a mail server, over real sockets with
// mTLS.
#pragma once

#include <gtest/gtest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "agent/agent.h"
#include "tests/integration/agent_peer.h"
#include "tests/support/captured_log.h"
#include "tests/support/certificates.h"
#include "tests/support/mail/server.h"
#include "tests/support/scratch.h"

namespace relaywatch::agent {

// One deployment: a CA, a collector, a mail server and an agent called "office".
class AgentTest : public ::testing::Test {
 protected:
  AgentTest() : mail_(io_, MailConfig()) {
    collector_ = std::make_unique<TestCollector>(ca_, collector_identity_);
  }

  ~AgentTest() override {
    if (agent_) StopAgent();
    work_.reset();
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  support::MailServerConfig MailConfig() const {
    support::MailServerConfig config;
    config.identity_pem = ca_.Issue({.names = {"mail.example.com", "127.0.0.1"}}).IdentityPem();
    config.listeners = {{.address = "127.0.0.1"}};
    config.rules = {{.auth_tls = {"LOGIN"}}};
    return config;
  }

  Settings OfficeSettings() const {
    scratch_.Write("ca.pem", ca_.certificate_pem());
    scratch_.Write("office.pem", office_.IdentityPem());
    scratch_.Write("agent.yaml", "collector: 127.0.0.1:" + std::to_string(collector_->port()) +
                                     "\ncollector_name: localhost\nidentity: office.pem\n"
                                     "ca: ca.pem\nmail_ca: ca.pem\nlocation: office\n" +
                                     policy_);
    auto settings = LoadSettings(scratch_ / "agent.yaml", clock_);
    EXPECT_TRUE(settings.ok()) << settings.status();
    return *settings;
  }

  void StartAgent() { StartAgent(OfficeSettings()); }
  void StartAgent(Settings settings) {
    auto agent = Agent::Create(io_, clock_, std::move(settings));
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    asio::post(io_, [this] { EXPECT_TRUE(agent_->Start().ok()); });
    thread_ = std::thread([this] { io_.run(); });
  }

  // How long it took.
  std::chrono::milliseconds StopAgent() {
    const auto begun = std::chrono::steady_clock::now();
    std::promise<void> stopped;
    asio::post(io_, [&] { agent_->Stop([&] { stopped.set_value(); }); });
    EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    std::promise<void> gone;
    asio::post(io_, [&] {
      agent_.reset();
      gone.set_value();
    });
    gone.get_future().wait();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 begun);
  }

  absl::Status Reload(Settings settings) {
    std::promise<absl::Status> result;
    asio::post(io_, [&] { result.set_value(agent_->Reload(std::move(settings))); });
    return result.get_future().get();
  }

  v1::CollectorMessage MailPlan(std::uint64_t revision = 1) const {
    v1::CollectorMessage message;
    v1::Plan& plan = *message.mutable_plan();
    plan.set_revision(revision);
    v1::Endpoint& endpoint = *plan.add_endpoints();
    endpoint.set_name("corp-mail");
    endpoint.set_host("127.0.0.1");
    endpoint.mutable_interval()->set_seconds(3600);
    v1::Service& service = *endpoint.add_services();
    service.set_protocol(v1::PROTOCOL_SMTP);
    service.set_port(mail_.ports().at(0));
    service.set_security(v1::SECURITY_STARTTLS);
    endpoint.add_expect_relay()->set_location("here");
    endpoint.mutable_expect_relay(0)->set_anonymous_foreign(v1::RELAY_EXPECTATION_REFUSED);
    v1::LocationRule& rule = *plan.add_locations();
    rule.set_name("here");
    rule.set_declared("office");
    return message;
  }

  static v1::CollectorMessage ProbeAtOnce(const std::string& location = "") {
    v1::CollectorMessage message;
    message.mutable_probe_now()->set_times(1);
    message.mutable_probe_now()->set_location(location);
    return message;
  }

  // The plan, and one probe at once.
  void SendPlanAndProbe() {
    collector_->Send(MailPlan());
    collector_->Send(ProbeAtOnce());
  }

  bool WaitForResults(std::size_t count) const {
    return collector_->WaitFor([count](const Received& r) { return r.results.size() >= count; });
  }

  // A new collector with nothing in its memory, at the same port.
  void ReplaceCollector(const support::CertificateAuthority& trusted,
                        const support::Credential& identity) {
    const std::uint16_t port = collector_->port();
    collector_.reset();
    collector_ = std::make_unique<TestCollector>(trusted, identity, port);
  }

  // What the tests' mail server needs to be probed.
  std::string policy_ = "policy: {networks: [127.0.0.0/8], ports: [1024-65535]}\n";
  const SystemClock clock_;
  support::CapturedLog log_;
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"Test CA"};
  support::Credential collector_identity_ = ca_.Issue({.names = {"localhost"}});
  support::Credential office_ = ca_.Issue(support::AgentCertificate("example", "office"));
  std::unique_ptr<TestCollector> collector_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  support::MailServer mail_;
  std::unique_ptr<Agent> agent_;
  std::thread thread_;
};

}  // namespace relaywatch::agent
