// The agent at rest: the real relaywatch-agent with a stream to the real relaywatch-collector over
// mTLS, probing five services of the demonstration mail server every ten seconds (30 checks a
// minute, each a full STARTTLS dialogue). Memory is what the kernel counts after a minute, the
// middle one of five looks; CPU is that of the next minute, less what the same number of dialogues
// costs the minimal blocking client against the same server. The reference for memory, in the same
// run: a process that only holds a connected gRPC channel to the same collector.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/agent/process_usage.h"
#include "tests/bench/dialogue/blocking_client.h"
#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/dialogue/result.h"
#include "tests/support/certificates.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::bench {
namespace {

using support::Process;
using namespace std::chrono_literals;

constexpr int kServices = 5;
constexpr std::chrono::seconds kReady{30};
constexpr std::chrono::seconds kSettling{60};
constexpr std::chrono::seconds kWatched{60};
constexpr int kLooks = 5;
constexpr int kRoundsAMinute = 6;
constexpr int kReferenceDialogues = 300;

constexpr double kMaxRssMb = 22;
constexpr double kMaxPrivateMb = 8;
constexpr double kMaxCpuPercent = 0.2;

void Require(bool ok, const std::string& what) {
  if (ok) return;
  fmt::print(stderr, "bench/agent: {}\n", what);
  std::exit(1);
}

// Configurations and certificates of one collector, one agent and one mail server.
class Site {
 public:
  Site() : agents_port_(support::FreePort()) {
    for (int i = 0; i < kServices; ++i) mail_ports_.push_back(support::FreePort());
    directory_.Write("ca.pem", ca_.certificate_pem());
    const auto server = ca_.Issue({.names = {"localhost", "127.0.0.1"}});
    directory_.Write("server.pem", server.IdentityPem());
    const auto office = ca_.Issue(support::AgentCertificate("bench", "office"));
    directory_.Write("office.pem", office.IdentityPem());
    WriteMail();
    WriteCollector();
    directory_.Write("agent.yaml", fmt::format("collector: {}\ncollector_name: localhost\n"
                                               "identity: office.pem\nca: ca.pem\nmail_ca: ca.pem\n"
                                               "location: office\nstate_directory: state\n"
                                               "policy: {{networks: [127.0.0.0/8, '::1'], "
                                               "ports: [1024-65535]}}\n",
                                               CollectorAddress()));
  }

  std::string CollectorAddress() const { return fmt::format("127.0.0.1:{}", agents_port_); }
  std::uint16_t agents_port() const { return agents_port_; }
  std::uint16_t mail_port() const { return mail_ports_.front(); }
  std::string File(const std::string& name) const { return directory_ / name; }

 private:
  void WriteMail() {
    std::string listeners;
    for (const auto port : mail_ports_) {
      listeners += fmt::format("  - {{address: 127.0.0.1, port: {}, security: starttls}}\n", port);
    }
    directory_.Write("mail.yaml", "name: localhost\nidentity: server.pem\nlisteners:\n" +
                                      listeners +
                                      "rules:\n  - {client: 0.0.0.0/0, starttls: true, auth: "
                                      "{plain: [], tls: [LOGIN, PLAIN]}, relay: refused}\n");
  }

  void WriteCollector() {
    std::string services;
    for (const auto port : mail_ports_) {
      services += fmt::format("      - {{protocol: smtp, port: {}, security: starttls}}\n", port);
    }
    directory_.Write(
        "collector.yaml",
        fmt::format("listen: {{agents: '{}', http: '127.0.0.1:{}', admin: admin.sock}}\n"
                    "identity: server.pem\nca: ca.pem\ndeployment: bench\ndata_directory: data\n"
                    "endpoints:\n  - name: mail\n    host: localhost\n    interval: 10s\n"
                    "    relay_test: {{from: probe@example.com, foreign: probe@example.net}}\n"
                    "    services:\n{}"
                    "locations:\n  - {{name: office, match: {{declared: office}}}}\n",
                    CollectorAddress(), support::FreePort(), services));
  }

  support::ScratchDirectory directory_;
  support::CertificateAuthority ca_{"Bench CA"};
  std::uint16_t agents_port_;
  std::vector<std::uint16_t> mail_ports_;
};

Memory MedianMemory(pid_t pid) {
  std::vector<double> rss;
  std::vector<double> own;
  for (int look = 0; look < kLooks; ++look) {
    const Memory memory = MemoryOf(pid);
    rss.push_back(memory.rss_mb);
    own.push_back(memory.private_mb);
    std::this_thread::sleep_for(1s);
  }
  return {Median(rss), Median(own)};
}

double CpuPercent(pid_t pid) {
  const double before = CpuSecondsOf(pid);
  const auto begun = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(kWatched);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun;
  return 100 * (CpuSecondsOf(pid) - before) / passed.count();
}

// What the dialogues of a minute would cost the blocking client.
double HandshakePercent(const Site& site) {
  BlockingClient client(site.mail_port(), site.File("ca.pem"), "localhost");
  const double before = ThreadCpuSeconds();
  for (int i = 0; i < kReferenceDialogues; ++i) Require(client.Dialogue(), "the reference client");
  const double one = (ThreadCpuSeconds() - before) / kReferenceDialogues;
  return 100 * one * kServices * kRoundsAMinute / 60;
}

Result Compare(const std::string& name, double value, const std::string& unit, double reference,
               double mark) {
  return {.name = name,
          .value = value,
          .unit = unit,
          .reference = reference,
          .ratio = reference > 0 ? value / reference : 0,
          .mark = fmt::format("<= {} {}", mark, unit),
          .met = value <= mark};
}

int Main(bool json) {
  const Site site;
  Process mail({.argv = {RELAYWATCH_DEMO_MAIL, "--config", site.File("mail.yaml")}});
  Require(support::WaitForPort("127.0.0.1", site.mail_port(), kReady), "no mail server");
  Process collector({.argv = {RELAYWATCH_COLLECTOR, "--config", site.File("collector.yaml")}});
  Require(support::WaitForPort("127.0.0.1", site.agents_port(), kReady),
          "no collector: " + collector.Err());
  Process agent({.argv = {RELAYWATCH_AGENT, "--config", site.File("agent.yaml")}});
  Require(agent.WaitForOutput("in force", kReady), "the agent has no plan: " + agent.Err());
  Process idle({.argv = {RELAYWATCH_IDLE_CHANNEL, site.CollectorAddress(), "localhost",
                         site.File("office.pem"), site.File("ca.pem")}});
  Require(idle.WaitForOutput("connected", kReady), "the reference has no channel");

  std::this_thread::sleep_for(kSettling);
  const Memory at_rest = MedianMemory(agent.pid());
  const Memory reference = MedianMemory(idle.pid());
  const double cpu = CpuPercent(agent.pid());
  const double handshakes = HandshakePercent(site);
  Require(!agent.WaitForExit(0ms) && agent.Err().find("lost the collector") == std::string::npos,
          "the stream did not stand: " + agent.Err());
  return Print({Compare("agent at rest, RSS", at_rest.rss_mb, "MB", reference.rss_mb, kMaxRssMb),
                Compare("agent at rest, private", at_rest.private_mb, "MB", reference.private_mb,
                        kMaxPrivateMb),
                Compare("agent at rest, CPU besides the handshakes", cpu - handshakes,
                        "% of a core", handshakes, kMaxCpuPercent)},
               json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  return relaywatch::bench::Main(relaywatch::bench::WantsJson(argc, argv));
}
