// What a stranger asks to have signed (PKCS #10, RFC 2986): only its public key is of use. Pure;
// thread-safe; fuzzed.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "common/identity/x509.h"

namespace relaywatch::collector {

// InvalidArgument with the reason for what is no request, is not signed with its own key, has a key
// that is not P-256, or asks for names: a subject, extensions, or any other attribute. Nothing of
// it is ignored in silence.
absl::StatusOr<x509::Key> KeyOfRequest(std::string_view der);

}  // namespace relaywatch::collector
