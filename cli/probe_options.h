// The flags of `relaywatch probe` and what they mean: from words to probe requests and profiles.
// Thread-compatible.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/probe/probe.h"
#include "cli/login_options.h"
#include "cli/output.h"
#include "common/judge/profile.h"
#include "common/syntax.h"

namespace CLI {
class App;
}

namespace relaywatch::cli {

// As written on the command line; empty is "not given".
struct ProbeOptions {
  std::vector<std::string> targets;
  std::vector<std::string> domains;
  std::string protocol;
  std::string security;
  std::vector<std::string> profiles;
  std::string ca_file;
  std::string server_name;
  bool ipv4 = false;
  bool ipv6 = false;
  bool all_addresses = false;
  std::string source;
  std::string ehlo_name;
  std::string from;
  std::string own;
  std::string to;
  std::string expect_relay;
  std::size_t repeat = 1;
  std::size_t concurrency = 0;  // 0: one a target
  LoginOptions login;
  std::string timeout;
  bool transcript = false;
  std::string output = "text";
};

void AddProbeOptions(CLI::App& app, ProbeOptions& options);

struct ProbeJob {
  HostPort target;
  probe::Request request;
};

// What a run of `relaywatch probe` does.
struct ProbeRun {
  std::vector<ProbeJob> jobs;        // one for each target, repeated `repeat` times
  std::vector<std::string> domains;  // whose services are looked up and join the jobs
  probe::Request common;             // everything of their requests but the service
  std::vector<const judge::ClientProfile*> profiles;
  std::size_t repeat = 1;
  std::size_t asked_concurrency = 0;  // 0: by the number of jobs
  std::string ca_file;
  Output output = Output::kText;

  std::size_t concurrency() const;
};

// InvalidArgument names the flag and what is wrong with it.
absl::StatusOr<ProbeRun> PlanProbeRun(const ProbeOptions& options);

}  // namespace relaywatch::cli
