// A Relaywatch of a test's own: CA, configurations and data in a scratch directory, the real
// daemons as children, everything on loopback at free ports. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/programs.h"
#include "tests/support/certificates.h"
#include "tests/support/network.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

struct AgentSetup {
  std::string name;                  // of the certificate
  std::string source = "";           // address that probes come from; empty: the system's choice
  std::string mail_ca = "";          // file; empty: the system's CAs
  std::string state_directory = "";  // below the deployment's; empty: the queue is in memory
  std::string identity = "";         // PEM text; empty: a good certificate of the deployment's CA
  // YAML of the local policy: what tests probe is on loopback, at free ports.
  std::string policy = "{networks: [127.0.0.0/8], ports: [1024-65535]}";
  bool declares = true;                   // its location
  std::string location = "";              // that it declares; empty: its name
  std::vector<std::string> wrapper = {};  // of its command line, such as nsenter and its arguments
};

class Deployment {
 public:
  // Writes the CA and the collector's certificate; starts nothing. `address`: where the collector
  // listens for agents.
  explicit Deployment(std::string address = "127.0.0.1");

  const support::ScratchDirectory& scratch() const { return scratch_; }
  std::uint16_t agents_port() const { return agents_port_; }
  std::uint16_t http_port() const { return http_port_; }

  // collector.yaml with these `endpoints:`, `locations:` and so on below the usual head; its path.
  std::string WriteCollector(const std::string& rest, const std::string& data_directory = "data");
  // NAME.yaml; its path.
  std::string WriteAgent(const AgentSetup& agent);

  // Starts the daemon and waits until it is ready; false and collector().Err() tell why not.
  // `wrapper`: of its command line.
  bool StartCollector(const std::string& rest, std::vector<std::string> wrapper = {});
  void StartAgent(const AgentSetup& agent);
  // SIGTERM to all, in order; the highest exit code.
  int StopAgents();
  int StopCollector() { return collector_->Stop(); }

  support::Process& collector() { return *collector_; }
  support::Process& agent(std::size_t i) { return *agents_.at(i); }

  // One answer of the database, as the sqlite3 program prints it, without the last newline.
  std::string Sql(const std::string& query) const;
  std::string Metrics() const { return support::Http(http_port_, "/metrics").body; }
  nlohmann::json Matrix() const { return e2e::Matrix(scratch_ / "collector.sock"); }
  // The relaywatch command with these arguments, at this collector.
  support::Completed Relaywatch(std::vector<std::string> arguments) const;

 private:
  std::string address_;
  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"Relaywatch CA"};
  std::uint16_t agents_port_ = support::FreePort();
  std::uint16_t http_port_ = support::FreePort();
  std::unique_ptr<support::Process> collector_;
  std::vector<std::unique_ptr<support::Process>> agents_;
};

// Milliseconds since the Unix epoch, by this machine's clock.
std::int64_t NowMs();

// The sum over the samples of a metric whose labels include all of these, written `name="value"`;
// absent samples count nothing, and nullopt says that there were none.
std::optional<double> MetricSum(const std::string& exposition, const std::string& metric,
                                const std::vector<std::string>& labels = {});

}  // namespace relaywatch::e2e
