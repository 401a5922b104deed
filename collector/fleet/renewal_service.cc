#include "collector/fleet/renewal_service.h"

#include <spdlog/spdlog.h>

#include "collector/fleet/peer_identity.h"
#include "common/status_bridge.h"

namespace relaywatch::collector {

grpc::Status RenewalService::Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                                   v1::IssuedCertificate* response) {
  const auto agent = AgentOf(UrisOf(*context->auth_context()), deployment_);
  if (!agent.ok()) {
    spdlog::warn("fleet: renewal from {} refused: {}", context->peer(),
                 std::string(agent.status().message()));
    return ToGrpc(agent.status());
  }
  auto answer = enrollment_.Renew(*agent, *request, context->peer());
  if (!answer.ok()) return ToGrpc(answer.status());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

}  // namespace relaywatch::collector
