// The flags of `relaywatch probe` that log in, or ask about logins. A run logs in once, however
// many targets and repetitions it has: a wrong password must not lock an account.
// Thread-compatible.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "agent/probe/probe.h"

namespace CLI {
class App;
}

namespace relaywatch::cli {

// As written on the command line; empty is "not given".
struct LoginOptions {
  std::string user;
  std::string password_file;
  std::string mechanism;
  bool blind_auth = false;
  std::string pop_before_smtp;
  std::string pop_window;
};

void AddLoginOptions(CLI::App& app, LoginOptions& options);

// Adds what they mean to a request that has its relay test already, and reads the password file.
// InvalidArgument names the flag and what is wrong with it.
absl::Status ApplyLoginOptions(const LoginOptions& options, probe::Request& request);

}  // namespace relaywatch::cli
