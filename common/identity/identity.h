// Who a daemon is on the wire: one PEM file with private key and chain, and the CA that vouches for
// the other side. One file, replaced by rename, so that key and certificate never disagree.
// Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace relaywatch {

struct Identity {
  std::string key_pem;
  std::string chain_pem;
  std::string ca_pem;
  std::string uri;             // the single URI SAN; empty for a server's certificate without one
  std::int64_t not_after = 0;  // of the leaf, seconds since the epoch
};

// Reads and checks both files before anything is opened: NotFound or PermissionDenied for a file
// that cannot be read, InvalidArgument where there is no key, no certificate, or a key that does
// not belong to the certificate, FailedPrecondition for a key that other users can read or a
// certificate that has expired. Every message names the file.
absl::StatusOr<Identity> LoadIdentity(const std::string& identity_file, const std::string& ca_file,
                                      std::int64_t now);

// The identity file alone, by the same rules.
absl::Status CheckIdentityFile(const std::string& identity_file, std::int64_t now);

// What the owner of a certificate may be. Each has a listener of its own at the collector.
enum class Role { kAgent, kOperator };

// The URI SAN of its certificate: "spiffe://DEPLOYMENT/agent/NAME", or "/operator/NAME".
std::string UriOf(Role role, std::string_view deployment, std::string_view name);

// The name in such a URI; InvalidArgument for anything else, with words of its own for the other
// role.
absl::StatusOr<std::string> NameFromUri(std::string_view uri, std::string_view deployment,
                                        Role role);

}  // namespace relaywatch
