// Who may ask the collector over the network: certificates for operators, and their end.
#include <spdlog/spdlog.h>

#include "collector/fleet/admin_service.h"
#include "collector/fleet/admin_words.h"
#include "collector/fleet/agent_list.h"
#include "collector/fleet/certificate_request.h"
#include "common/clock.h"
#include "common/status_bridge.h"
#include "common/syntax.h"

namespace relaywatch::collector {
namespace {

grpc::Status CheckName(const std::string& name) {
  if (IsLabelName(name)) return grpc::Status::OK;
  return Bad("name: not a name: at most 63 letters, digits and . _ -");
}

}  // namespace

grpc::Status AdminService::CreateOperator(grpc::ServerContext* /*context*/,
                                          const v1::CreateOperatorRequest* request,
                                          v1::CreateOperatorResponse* response) {
  const auto authority = deps_.authority();
  if (authority == nullptr) {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "this collector signs no certificates: collector.yaml has no `issuer`; have the "
            "operator's made where the agents' come from"};
  }
  if (auto bad = CheckName(request->name()); !bad.ok()) return bad;
  const auto key = KeyOfRequest(request->csr());
  if (!key.ok()) return ToGrpc(key.status());
  const std::int64_t now = deps_.clock.Now().wall_ms;
  const auto certificate =
      deps_.registry.CreateOperator(request->name(), now, kAdmin, [&](const std::string& name) {
        return authority->Issue(key->get(), Role::kOperator, name, now / 1000);
      });
  if (!certificate.ok()) return ToGrpc(certificate.status());
  spdlog::info("fleet: operator {} has a certificate until {}", request->name(),
               FormatRfc3339(certificate->not_after * 1000));
  response->set_chain_pem(certificate->chain_pem);
  response->mutable_not_after()->set_seconds(certificate->not_after);
  response->set_ca_file(deps_.ca_file);
  response->set_listen(deps_.operators);
  return grpc::Status::OK;
}

grpc::Status AdminService::ListOperators(grpc::ServerContext* /*context*/,
                                         const v1::ListOperatorsRequest* /*request*/,
                                         v1::ListOperatorsResponse* response) {
  const auto operators = deps_.registry.Operators();
  if (!operators.ok()) return ToGrpc(operators.status());
  for (const OperatorRecord& record : *operators) {
    v1::Operator& told = *response->add_operators();
    told.set_name(record.name);
    if (record.created_ms != 0) *told.mutable_created_at() = TimestampOf(record.created_ms);
    if (record.not_after != 0) {
      told.mutable_certificate_not_after()->set_seconds(record.not_after);
    }
    if (record.revoked_ms != 0) *told.mutable_revoked_at() = TimestampOf(record.revoked_ms);
    told.set_reason(record.reason);
  }
  return grpc::Status::OK;
}

grpc::Status AdminService::RevokeOperator(grpc::ServerContext* /*context*/,
                                          const v1::RevokeOperatorRequest* request,
                                          v1::RevokeOperatorResponse* response) {
  if (auto bad = CheckName(request->name()); !bad.ok()) return bad;
  if (auto bad = CheckReason(request->reason()); !bad.ok()) return bad;
  const auto known = deps_.registry.RevokeOperator(request->name(), request->reason(),
                                                   deps_.clock.Now().wall_ms, kAdmin);
  if (!known.ok()) return ToGrpc(known.status());
  spdlog::warn("fleet: operator {} revoked: {}", request->name(), request->reason());
  response->set_was_known(*known);
  return grpc::Status::OK;
}

}  // namespace relaywatch::collector
