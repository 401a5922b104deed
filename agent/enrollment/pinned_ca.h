// Finds, in what a server shows, the CA that an enrolment token pins. Nothing else of the server is
// believed: whoever asks then verifies the server by this CA alone, name and all, and sends the
// token only after that. Thread-safe.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "common/syntax.h"

namespace relaywatch::agent {

// The CA's certificate, PEM; `pin` as x509::PublicKeyHash. Unavailable where the server cannot be
// reached within the limit, shows no certificate, or none with this key: another network may have
// the right one.
absl::StatusOr<std::string> FetchPinnedCa(const HostPort& server, const std::string& name,
                                          const std::string& pin, std::chrono::milliseconds limit);

}  // namespace relaywatch::agent
