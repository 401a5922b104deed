// By which mechanisms a login is tried. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

namespace relaywatch::probe {

struct LoginChoice {
  std::vector<std::string> mechanisms;  // in order; the next one only after a 504
  bool by_command = false;              // POP3 USER and PASS, IMAP LOGIN, instead of SASL
  std::string obstacle;                 // why there is none, in words; empty where there is one
};

// `wanted`: the configured mechanism, empty for none: then the first of LOGIN, PLAIN, CRAM-MD5,
// SCRAM that is `offered`, and the protocol's own command only where none of them is. A command
// counts as the mechanism LOGIN.
LoginChoice ChooseLogin(const std::string& wanted, const std::vector<std::string>& offered,
                        bool has_command);

}  // namespace relaywatch::probe
