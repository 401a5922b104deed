// Who is at the other end of a TLS connection: an agent's or an operator's name out of the client
// certificate, which gRPC has verified against our CA. Pure; thread-safe. SPIFFE X.509-SVID
// section 4.1: exactly one URI.
#pragma once

#include <grpcpp/security/auth_context.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace relaywatch::collector {

// All URI subjectAltNames of the peer's certificate.
std::vector<std::string> UrisOf(const grpc::AuthContext& peer);

// `uris`: all URI subjectAltNames. PermissionDenied with the reason for none, two, another trust
// domain, the other role, or a name that is no name.
absl::StatusOr<std::string> AgentOf(const std::vector<std::string>& uris,
                                    const std::string& deployment);
absl::StatusOr<std::string> OperatorOf(const std::vector<std::string>& uris,
                                       const std::string& deployment);

}  // namespace relaywatch::collector
