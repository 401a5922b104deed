// Everything the collector shows and signs with: its identity, and, where agents can enrol, the
// authority that issues their certificates and the CA that their tokens pin. Immutable after
// loading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/config/config.h"
#include "collector/fleet/authority.h"
#include "common/identity/identity.h"

namespace relaywatch::collector {

struct Credentials {
  Identity identity;
  std::shared_ptr<const Authority> authority;  // null: certificates come from elsewhere
  std::string ca_pin;                          // of the CA that vouches for `identity`
  Identity enrollment;                         // the same with that CA at the end of its chain
};

// The file of the CA that vouches for the collector: the configuration's, or its own PKI's.
std::string CaFile(const Config& config);

// Makes or renews the collector's own PKI first, where the configuration names none. Errors as
// LoadIdentity, Authority::Load and PreparePki; FailedPrecondition where the identity is no
// server's, or where `ca` does not vouch for that of a collector with an issuer.
absl::StatusOr<Credentials> LoadCredentials(const Config& config, std::int64_t now);

}  // namespace relaywatch::collector
