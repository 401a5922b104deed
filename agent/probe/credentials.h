// Who logs in, and whether that may be tried now. Values; thread-compatible.
#pragma once

#include <string>

#include "common/secret/secret.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::probe {

struct Credentials {
  std::string user;
  Secret password;        // an access token for XOAUTH2 and OAUTHBEARER
  std::string mechanism;  // upper case; empty: chosen from what the server offers
};

// Wrong passwords lock accounts. Whoever starts probes says how often one may be tried; asked right
// before the first byte of a login, or of a connection that is made for nothing else.
// Confined to the thread of the probes.
class LoginGate {
 public:
  virtual ~LoginGate() = default;

  // Empty: the login may begin, and counts as tried. Else why not, in words that do not change from
  // one probe to the next.
  virtual std::string Enter(const Credentials& credentials) = 0;
  // What became of a login that was let in.
  virtual void Leave(const Credentials& credentials, const v1::Login& login) = 0;
};

}  // namespace relaywatch::probe
