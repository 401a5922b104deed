// Probes that log in to a scripted server. Whatever such a probe reports, the password is not in
// it.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/probe/base64.h"
#include "tests/unit/probe/probe_fixture.h"

namespace relaywatch::probe {

inline constexpr const char* kPassword = "Canary-4711";

class LoginFixture : public ProbeFixture {
 protected:
  // One line of the client, and what the server says to it. A line that does not come fails the
  // test; in `heard`, "BASE64:x" stands for x in base64, also behind a command.
  struct Turn {
    std::string heard;
    std::string said;
  };

  // TLS from the first byte, greeting, turns; then whatever comes until the client is gone.
  static Script InTls(std::string greeting, std::vector<Turn> turns);
  static void Play(Peer& peer, const std::vector<Turn>& turns);

  static std::shared_ptr<Credentials> For(const std::string& mechanism = "",
                                          const std::string& password = kPassword);
  // With credentials For(mechanism) unless the request has some.
  Report LogIn(Script script, Request request, const std::string& mechanism = "");
  Request ImplicitTls(v1::Protocol protocol = v1::PROTOCOL_SMTP) const;

  static std::vector<std::string> ClientLines(const Report& report);
};

}  // namespace relaywatch::probe
