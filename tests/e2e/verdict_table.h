// Verdicts on a real server as a table: one row is one client profile that comes from one place to
// one port. Confined to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace relaywatch::e2e {

struct Row {
  std::string port;      // by the name that its server gives it
  std::string source;    // the client's address
  std::string security;  // of `relaywatch probe`, as are the profile and the arguments
  std::string profile;
  std::string verdict;
  std::string stage;
  // A relay test from a@example.com to b@example.net, unless --from is among them.
  std::vector<std::string> arguments = {};
};

using Ports = std::map<std::string, std::uint16_t>;

// Probes 127.0.0.1 once a row, trusting the CAs in `ca_file`; each wrong verdict or stage is a
// failure of the running test.
void ExpectVerdicts(const Ports& ports, const std::string& ca_file, const std::vector<Row>& rows);

}  // namespace relaywatch::e2e
