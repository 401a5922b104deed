// agent.yaml: where the collector is, who we are, and what of this host the probes may use. What is
// probed is not here: the collector pushes it (agent/plan).
// Values own their text. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/policy/policy.h"

namespace relaywatch::agent {

// Who logs in to the services of one host, inside verified TLS. The password stays in its file.
struct LoginConfig {
  std::string host;                  // as the plan names it
  std::vector<std::uint16_t> ports;  // of its services; empty: all
  std::string user;
  std::string password_file;  // absolute or below the working directory
  std::string mechanism;      // upper case; empty: by what is offered
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
  std::vector<LoginConfig> logins;
  PolicyConfig policy;
  std::size_t max_queued_results = 20'000;
  std::string log_level = "info";
};

// NotFound or PermissionDenied where the file cannot be read; InvalidArgument with every problem,
// one a line, each with file, line and key. File names in it are taken relative to its directory.
absl::StatusOr<Config> LoadConfig(const std::string& file);

// The same from a text; `file` stands in messages and gives the directory.
absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& file);

}  // namespace relaywatch::agent
