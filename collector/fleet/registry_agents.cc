// The half of registry.h that is about agents.
#include <fmt/format.h>

#include <utility>

#include "collector/fleet/fleet.h"
#include "collector/fleet/registry.h"
#include "collector/fleet/registry_statements.h"
#include "common/clock.h"

namespace relaywatch::collector {
namespace {

absl::Status CheckToken(const TokenRow& token, const Registry::Redemption& redemption,
                        bool asked_before) {
  if (token.revoked_ms != 0) return absl::UnauthenticatedError("the token was revoked");
  if (redemption.now_ms >= token.expires_ms) {
    return absl::UnauthenticatedError(
        fmt::format("the token expired at {}", FormatRfc3339(token.expires_ms)));
  }
  if (!token.location.empty() && !redemption.location.empty() &&
      token.location != redemption.location) {
    return absl::PermissionDeniedError(fmt::format("the token is for location \"{}\", not \"{}\"",
                                                   token.location, redemption.location));
  }
  if (token.used >= token.uses && !asked_before) {
    return absl::UnauthenticatedError(
        fmt::format("the token is used up ({} of {} uses)", token.used, token.uses));
  }
  return absl::OkStatus();
}

}  // namespace

// Empty: a key that was not seen with this token.
absl::StatusOr<std::string> Registry::NameFor(const TokenRow& token, const Redemption& redemption) {
  auto& find = statements_->agent_of_key;
  const auto row = find.BindText(1, token.id).BindBlob(2, redemption.key_hash).Step();
  if (!row.ok()) return row.status();
  std::string name(*row ? find.Text(0) : std::string_view());
  find.Reset();
  return name;
}

absl::Status Registry::Put(const AgentRecord& agent, std::string_view token_id,
                           const IssuedCertificate& certificate) {
  auto& put = statements_->put_agent;
  put.BindText(1, agent.name).BindText(2, agent.host_name).BindText(3, agent.version);
  put.BindText(4, agent.location).BindText(5, token_id).BindBlob(6, certificate.key_hash);
  put.Bind(7, agent.enrolled_ms).BindText(8, certificate.serial).Bind(9, certificate.not_after);
  return put.Run();
}

absl::StatusOr<Registry::Enrolled> Registry::Redeem(const Redemption& redemption,
                                                    const Issue& issue) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  const auto token = FindToken(redemption.token_hash);
  if (!token.ok()) return token.status();
  if (!*token) return absl::NotFoundError("no such token");
  auto name = NameFor(**token, redemption);
  if (!name.ok()) return name.status();
  const bool asked_before = !name->empty();
  absl::Status allowed = CheckToken(**token, redemption, asked_before);
  if (allowed.ok() && asked_before) allowed = CheckRenewable(*name);
  if (!allowed.ok()) return allowed;
  if (!asked_before) {
    name = RandomUuid();
    if (!name.ok()) return name.status();
    auto used = statements_->use_token.BindText(1, (*token)->id).Run();
    if (!used.ok()) return used;
  }
  auto certificate = issue(*name);
  if (!certificate.ok()) return certificate.status();
  const AgentRecord agent{.name = *name,
                          .host_name = redemption.words.host_name,
                          .version = redemption.words.version,
                          .location = (*token)->location,
                          .enrolled_ms = redemption.now_ms};
  if (auto put = Put(agent, (*token)->id, *certificate); !put.ok()) return put;
  const std::string detail =
      fmt::format("token {}, host {}, {}", (*token)->id, agent.host_name, Describe(*certificate));
  auto told = Audit({redemption.now_ms, redemption.peer, "enrol", *name, detail});
  if (!told.ok()) return told;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  return Enrolled{*name, (*token)->location, *std::move(certificate)};
}

absl::Status Registry::CheckRenewable(const std::string& agent) {
  auto& find = statements_->find_agent;
  const auto row = find.BindText(1, agent).Step();
  if (!row.ok()) return row.status();
  const bool enrolled = *row && find.Integer(0) != 0;
  const bool revoked = *row && find.Integer(1) != 0;
  find.Reset();
  if (revoked) return RevokedError(agent);
  if (enrolled) return absl::OkStatus();
  return absl::PermissionDeniedError(
      fmt::format("agent {} was not enrolled here: its certificate is of another issuer", agent));
}

absl::StatusOr<IssuedCertificate> Registry::Renew(const std::string& agent, const AgentWords& words,
                                                  std::int64_t now_ms, std::string_view peer,
                                                  const Issue& issue) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  if (auto allowed = CheckRenewable(agent); !allowed.ok()) return allowed;
  auto certificate = issue(agent);
  if (!certificate.ok()) return certificate;
  auto& renew = statements_->renew_agent;
  renew.BindText(1, agent).BindText(2, words.host_name).BindText(3, words.version);
  renew.BindText(4, certificate->serial).Bind(5, certificate->not_after);
  if (auto renewed = renew.Run(); !renewed.ok()) return renewed;
  auto told = Audit({now_ms, peer, "renew", agent, Describe(*certificate), true});
  if (!told.ok()) return told;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  return certificate;
}

absl::Status Registry::Enter(const std::vector<AgentRecord>& agents) {
  if (agents.empty()) return absl::OkStatus();
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  for (const AgentRecord& agent : agents) {
    auto& enter = statements_->enter_agent;
    enter.BindText(1, agent.name).BindText(2, agent.host_name);
    enter.BindText(3, agent.version).BindText(4, agent.location);
    if (auto entered = enter.Run(); !entered.ok()) return entered;
  }
  return transaction->Commit();
}

absl::StatusOr<std::vector<AgentRecord>> Registry::Agents() {
  const std::lock_guard lock(mutex_);
  std::vector<AgentRecord> agents;
  auto& row = statements_->agents;
  auto read = row.ForEachRow([&] {
    agents.push_back({.name = std::string(row.Text(0)),
                      .host_name = std::string(row.Text(1)),
                      .version = std::string(row.Text(2)),
                      .location = std::string(row.Text(3)),
                      .enrolled_ms = row.Integer(4),
                      .not_after = row.Integer(5),
                      .revoked_ms = row.Integer(6),
                      .reason = std::string(row.Text(7))});
  });
  if (!read.ok()) return read;
  return agents;
}

absl::Status Registry::RevokeAgent(const std::string& agent, std::string_view reason,
                                   std::int64_t now_ms, std::string_view who) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  auto& find = statements_->find_agent;
  const auto row = find.BindText(1, agent).Step();
  if (!row.ok()) return row.status();
  const bool revoked = *row && find.Integer(1) != 0;
  find.Reset();
  if (!*row) return absl::NotFoundError(fmt::format("no agent {}", agent));
  if (revoked) return absl::AlreadyExistsError(fmt::format("agent {} was revoked before", agent));
  auto& revoke = statements_->revoke_agent;
  revoke.BindText(1, agent).Bind(2, now_ms).BindText(3, reason);
  if (auto done = revoke.Run(); !done.ok()) return done;
  if (auto told = Audit({now_ms, who, "agent revoke", agent, reason}); !told.ok()) return told;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  const std::lock_guard set_lock(revoked_mutex_);
  revoked_.insert(agent);
  return absl::OkStatus();
}

bool Registry::IsRevoked(const std::string& agent) const {
  const std::lock_guard lock(revoked_mutex_);
  return revoked_.contains(agent);
}

absl::StatusOr<std::vector<std::string>> Registry::RefreshRevoked() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  auto& row = statements_->revoked;
  if (auto read = row.ForEachRow([&] { names.emplace_back(row.Text(0)); }); !read.ok()) return read;
  auto operators = RevokedOperators();
  if (!operators.ok()) return operators.status();
  const std::lock_guard set_lock(revoked_mutex_);
  revoked_ = {names.begin(), names.end()};
  revoked_operators_ = *std::move(operators);
  return names;
}

}  // namespace relaywatch::collector
