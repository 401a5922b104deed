// agent.yaml: where the collector is, who we are, and what of this host the probes may use. What is
// probed is not here: the collector pushes it (agent/plan).
// Values own their text. Thread-compatible.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/policy/policy.h"
#include "agent/probe/incoming_server.h"

namespace relaywatch::agent {

// Who logs in to the services of one host, inside verified TLS. The password stays in its file.
struct LoginConfig {
  std::string host;                  // as the plan names it
  std::vector<std::uint16_t> ports;  // of its services; empty: all
  std::string user;
  std::string password_file;  // absolute or below the working directory
  std::string mechanism;      // upper case; empty: by what is offered
  bool blind_auth = false;    // in SMTP, where AUTH is not announced, too
  // Of relay tests: the login is made there, and relaying is tested again.
  std::optional<probe::IncomingServer> pop_before_smtp;
};

// How this host becomes an agent by itself. The identity lies in the state directory then.
struct EnrollmentConfig {
  std::string address;  // host:port of the collector's enrolment listener
  std::string
      token_file;  // absolute or below the working directory; read when there is no identity
};

// How much waits while the collector is away.
struct QueueConfig {
  std::size_t max_results = 0;  // 0: by where they are kept, see MaxResults
  std::uint64_t max_bytes = 256ULL << 20;
  std::chrono::milliseconds max_age = std::chrono::hours(7 * 24);
  unsigned min_free_percent = 5;
};

struct Config {
  std::string collector;       // host:port
  std::string collector_name;  // verified in the collector's certificate
  std::string identity;  // PEM file with our key and chain, absolute or below the working directory
  std::string ca;        // PEM file with the CA of the collector's certificate
  std::string state_directory;  // ours alone; empty: nothing outlives the process
  std::string location;         // declared name; empty: none
  std::string source_address;   // probes bind it; empty: the system's choice
  std::string ehlo_name;        // empty: the host's FQDN or an address literal
  std::string mail_ca;          // PEM file; empty: the system's CAs
  std::optional<EnrollmentConfig> enrollment;
  std::vector<LoginConfig> logins;
  QueueConfig queue;
  PolicyConfig policy;
  std::string log_level = "info";

  // What is on disk costs no memory.
  std::size_t MaxResults() const {
    if (queue.max_results != 0) return queue.max_results;
    return state_directory.empty() ? 20'000 : 1'000'000;
  }
};

// NotFound or PermissionDenied where the file cannot be read; InvalidArgument with every problem,
// one a line, each with file, line and key. File names in it are taken relative to its directory.
absl::StatusOr<Config> LoadConfig(const std::string& file);

// The same from a text; `file` stands in messages and gives the directory.
absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& file);

}  // namespace relaywatch::agent
