#include "collector/fleet/admin_service.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "collector/annotate.h"
#include "collector/fleet/admin_words.h"
#include "collector/fleet/agent_list.h"
#include "common/identity/enrollment_token.h"
#include "common/status_bridge.h"
#include "common/syntax.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kDefaultTtlMs = 3'600'000;
constexpr std::int64_t kMaxTtlSeconds = 365 * 86'400;
constexpr std::uint32_t kMaxUses = 100'000;

v1::TokenState StateOf(const TokenRow& token, std::int64_t now_ms) {
  if (token.revoked_ms != 0) return v1::TOKEN_STATE_REVOKED;
  if (token.used >= token.uses) return v1::TOKEN_STATE_USED_UP;
  return now_ms >= token.expires_ms ? v1::TOKEN_STATE_EXPIRED : v1::TOKEN_STATE_VALID;
}

}  // namespace

grpc::Status AdminService::CreateToken(grpc::ServerContext* /*context*/,
                                       const v1::CreateTokenRequest* request,
                                       v1::CreateTokenResponse* response) {
  if (deps_.ca_pin.empty()) {
    return {grpc::StatusCode::FAILED_PRECONDITION,
            "agents cannot enrol here: collector.yaml has no `issuer`"};
  }
  if (!request->location().empty() && !IsLabelName(request->location())) {
    return Bad("location: not a name: at most 63 letters, digits and . _ -");
  }
  const std::int64_t seconds = request->ttl().seconds();
  if (request->has_ttl() && (seconds < 1 || seconds > kMaxTtlSeconds)) {
    return Bad("ttl: not between 1 second and 365 days");
  }
  if (request->uses() > kMaxUses) return Bad(fmt::format("uses: more than {}", kMaxUses));
  const auto token = MakeToken(deps_.ca_pin);
  if (!token.ok()) return ToGrpc(token.status());
  const std::int64_t now = deps_.clock.Now().wall_ms;
  const std::string hash = TokenHash(*token);
  const TokenRow row{.id = TokenId(hash),
                     .location = request->location(),
                     .created_ms = now,
                     .expires_ms = now + (request->has_ttl() ? seconds * 1000 : kDefaultTtlMs),
                     .uses = std::max<std::uint32_t>(request->uses(), 1)};
  auto added = deps_.registry.AddToken(row, hash, kAdmin);
  if (!added.ok()) return ToGrpc(added);
  spdlog::info("fleet: token {} made", row.id);
  response->set_id(row.id);
  response->set_token(FormatToken(*token));
  *response->mutable_expires_at() = TimestampOf(row.expires_ms);
  return grpc::Status::OK;
}

grpc::Status AdminService::ListTokens(grpc::ServerContext* /*context*/,
                                      const v1::ListTokensRequest* /*request*/,
                                      v1::ListTokensResponse* response) {
  const auto tokens = deps_.registry.Tokens();
  if (!tokens.ok()) return ToGrpc(tokens.status());
  const std::int64_t now = deps_.clock.Now().wall_ms;
  for (const TokenRow& row : *tokens) {
    v1::Token& token = *response->add_tokens();
    token.set_id(row.id);
    token.set_location(row.location);
    *token.mutable_created_at() = TimestampOf(row.created_ms);
    *token.mutable_expires_at() = TimestampOf(row.expires_ms);
    token.set_uses(static_cast<std::uint32_t>(row.uses));
    token.set_used(static_cast<std::uint32_t>(row.used));
    token.set_state(StateOf(row, now));
  }
  return grpc::Status::OK;
}

grpc::Status AdminService::RevokeToken(grpc::ServerContext* /*context*/,
                                       const v1::RevokeTokenRequest* request,
                                       v1::RevokeTokenResponse* /*response*/) {
  auto revoked = deps_.registry.RevokeToken(request->id(), deps_.clock.Now().wall_ms, kAdmin);
  if (revoked.ok()) spdlog::info("fleet: token {} revoked", request->id());
  return ToGrpc(revoked);
}

grpc::Status AdminService::ListAgents(grpc::ServerContext* /*context*/,
                                      const v1::ListAgentsRequest* request,
                                      v1::ListAgentsResponse* response) {
  const auto records = deps_.registry.Agents();
  if (!records.ok()) return ToGrpc(records.status());
  *response = ListOf(*records, deps_.fleet.Snapshot(), *request, deps_.clock.Now().wall_ms);
  return grpc::Status::OK;
}

grpc::Status AdminService::RevokeAgent(grpc::ServerContext* /*context*/,
                                       const v1::RevokeAgentRequest* request,
                                       v1::RevokeAgentResponse* response) {
  const std::string& reason = request->reason();
  if (auto bad = CheckReason(reason); !bad.ok()) return bad;
  // It may have come since the last sweep.
  if (deps_.fleet.Knows(request->agent())) {
    auto entered = deps_.registry.Enter({{.name = request->agent()}});
    if (!entered.ok()) return ToGrpc(entered);
  }
  auto revoked =
      deps_.registry.RevokeAgent(request->agent(), reason, deps_.clock.Now().wall_ms, kAdmin);
  if (!revoked.ok()) return ToGrpc(revoked);
  response->set_was_connected(deps_.fleet.Revoke(request->agent()));
  spdlog::warn("fleet: agent {} revoked: {}", request->agent(), reason);
  return grpc::Status::OK;
}

// The store and the audit are two files. Accepting what is accepted already fails, so the audit
// comes second, and a failure of it says what has happened all the same.
grpc::Status AdminService::AcceptChange(grpc::ServerContext* /*context*/,
                                        const v1::AcceptChangeRequest* request,
                                        v1::AcceptChangeResponse* /*response*/) {
  if (auto bad = CheckReason(request->reason()); !bad.ok()) return bad;
  auto accepted = deps_.accept_change(request->id());
  if (!accepted.ok()) return ToGrpc(accepted);
  spdlog::info("watch: change {} accepted: {}", request->id(), request->reason());
  auto audited = deps_.registry.AuditDecision("accept_change", fmt::to_string(request->id()),
                                              request->reason(), deps_.clock.Now().wall_ms, kAdmin);
  if (audited.ok()) return grpc::Status::OK;
  return ToGrpc(Annotate(audited, "accepted, but not in the audit"));
}

}  // namespace relaywatch::collector
