// collector.yaml as values: what this daemon listens on and trusts, the plan it pushes to agents,
// and the operators' own client profiles. Everything is checked before anything is used; a broken
// file changes nothing. Immutable after loading; thread-compatible.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/fleet/fleet_limits.h"
#include "collector/store/retention.h"
#include "common/judge/profile.h"
#include "common/syntax.h"
#include "relaywatch/v1/plan.pb.h"

namespace relaywatch::collector {

struct Config {
  // Port 0: the system chooses one, and the log tells it.
  HostPort agents{.host = "0.0.0.0", .port = 7443};  // gRPC, mTLS
  HostPort http{.host = "127.0.0.1", .port = 9587};  // /metrics and its kin
  std::string web_config;  // YAML file: TLS and passwords of `http`; empty: neither
  std::string admin = "/run/relaywatch/collector.sock";
  HostPort enrollment{.host = "0.0.0.0", .port = 7444};  // gRPC, TLS of the server only
  std::optional<HostPort> operators;  // gRPC, mTLS: questions over the network; none: off
  // All three empty: the collector has a PKI of its own.
  std::string identity;  // PEM file: key and chain
  std::string ca;        // PEM file: CA of agents' certificates
  std::string issuer;    // PEM file: key and chain that sign agents' certificates; empty: none
  std::vector<std::string> server_names;  // of its own PKI: what agents call the collector
  Retention retention;
  std::chrono::seconds certificate_lifetime{std::chrono::hours(24 * 7)};  // of agents
  std::string deployment;
  std::string data_directory = "/var/lib/relaywatch";
  std::string log_level = "info";
  std::vector<judge::ClientProfile> client_profiles;  // beside the built-in ones
  v1::Plan plan;                                      // revision unset: the store gives it
  FleetLimits limits;                                 // by which the plan's intervals are stretched

  bool UsesOwnPki() const { return identity.empty() && ca.empty() && issuer.empty(); }
};

// Paths in the file are relative to the file's directory. NotFound or PermissionDenied where it
// cannot be read; InvalidArgument with every problem, one a line, each with file, line and key.
absl::StatusOr<Config> LoadConfig(const std::string& file);

// The same from a text; `name` stands for the file in messages, relative paths stay as they are.
absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& name);

}  // namespace relaywatch::collector
