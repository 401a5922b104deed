// Small sentences about facts that every output form shares. Pure; thread-safe.
#pragma once

#include <string>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch {

// How the connection was protected, with "auto" resolved as far as the dialogue got.
v1::Security EffectiveSecurity(const v1::Facts& facts);

// The certificate's verification in one text, label first: "expired: certificate has expired";
// empty where it verified.
std::string VerifyErrorText(const v1::TlsSession& tls);

}  // namespace relaywatch
