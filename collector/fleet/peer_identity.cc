#include "collector/fleet/peer_identity.h"

#include <fmt/format.h>
#include <grpc/grpc_security_constants.h>

#include "common/identity/identity.h"
#include "common/syntax.h"

namespace relaywatch::collector {

namespace {

absl::StatusOr<std::string> NameOf(const std::vector<std::string>& uris,
                                   const std::string& deployment, Role role) {
  if (uris.size() != 1) {
    return absl::PermissionDeniedError(fmt::format(
        "the client certificate has {} URI names, not exactly one {}",
        uris.empty() ? "no" : fmt::to_string(uris.size()), UriOf(role, deployment, "NAME")));
  }
  auto name = NameFromUri(uris.front(), deployment, role);
  if (!name.ok()) return absl::PermissionDeniedError(name.status().message());
  // It becomes a metric label, or a line of a table.
  if (!IsLabelName(*name)) {
    return absl::PermissionDeniedError("the name in the client certificate is not a name");
  }
  return name;
}

}  // namespace

std::vector<std::string> UrisOf(const grpc::AuthContext& peer) {
  std::vector<std::string> uris;
  for (const auto& uri : peer.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    uris.emplace_back(uri.data(), uri.size());
  }
  return uris;
}

absl::StatusOr<std::string> AgentOf(const std::vector<std::string>& uris,
                                    const std::string& deployment) {
  return NameOf(uris, deployment, Role::kAgent);
}

absl::StatusOr<std::string> OperatorOf(const std::vector<std::string>& uris,
                                       const std::string& deployment) {
  return NameOf(uris, deployment, Role::kOperator);
}

}  // namespace relaywatch::collector
