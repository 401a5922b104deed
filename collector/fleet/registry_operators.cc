// The half of registry.h that is about operators.
#include <fmt/format.h>

#include <utility>

#include "collector/fleet/registry.h"
#include "collector/fleet/registry_statements.h"

namespace relaywatch::collector {
namespace {

OperatorRecord RecordOf(const sqlite::Statement& row) {
  return {.name = std::string(row.Text(0)),
          .created_ms = row.Integer(1),
          .not_after = row.Integer(2),
          .revoked_ms = row.Integer(3),
          .reason = std::string(row.Text(4))};
}

}  // namespace

absl::StatusOr<std::optional<OperatorRecord>> Registry::FindOperator(const std::string& name) {
  auto& find = statements_->find_operator;
  const auto row = find.BindText(1, name).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  OperatorRecord record = RecordOf(find);
  find.Reset();
  return record;
}

absl::StatusOr<IssuedCertificate> Registry::CreateOperator(const std::string& name,
                                                           std::int64_t now_ms,
                                                           std::string_view who,
                                                           const Issue& issue) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  const auto known = FindOperator(name);
  if (!known.ok()) return known.status();
  if (*known && (*known)->revoked_ms != 0) {
    return absl::FailedPreconditionError(
        fmt::format("operator {} was revoked, for good: choose another name", name));
  }
  auto certificate = issue(name);
  if (!certificate.ok()) return certificate;
  auto& put = statements_->put_operator;
  put.BindText(1, name).Bind(2, now_ms);
  put.BindText(3, certificate->serial).Bind(4, certificate->not_after);
  if (auto done = put.Run(); !done.ok()) return done;
  auto told = Audit({now_ms, who, "operator create", name, Describe(*certificate)});
  if (!told.ok()) return told;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  return certificate;
}

absl::StatusOr<std::vector<OperatorRecord>> Registry::Operators() {
  const std::lock_guard lock(mutex_);
  std::vector<OperatorRecord> operators;
  auto& row = statements_->operators;
  auto read = row.ForEachRow([&] { operators.push_back(RecordOf(row)); });
  if (!read.ok()) return read;
  return operators;
}

absl::StatusOr<bool> Registry::RevokeOperator(const std::string& name, std::string_view reason,
                                              std::int64_t now_ms, std::string_view who) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  const auto known = FindOperator(name);
  if (!known.ok()) return known.status();
  if (*known && (*known)->revoked_ms != 0) {
    return absl::AlreadyExistsError(fmt::format("operator {} was revoked before", name));
  }
  auto& revoke = statements_->revoke_operator;
  revoke.BindText(1, name).Bind(2, now_ms).BindText(3, reason);
  if (auto done = revoke.Run(); !done.ok()) return done;
  if (auto told = Audit({now_ms, who, "operator revoke", name, reason}); !told.ok()) return told;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  const std::lock_guard set_lock(revoked_mutex_);
  revoked_operators_.insert(name);
  return known->has_value();
}

bool Registry::IsOperatorRevoked(const std::string& name) const {
  const std::lock_guard lock(revoked_mutex_);
  return revoked_operators_.contains(name);
}

absl::StatusOr<std::set<std::string>> Registry::RevokedOperators() {
  std::set<std::string> names;
  auto& row = statements_->revoked_operators;
  if (auto read = row.ForEachRow([&] { names.emplace(row.Text(0)); }); !read.ok()) return read;
  return names;
}

}  // namespace relaywatch::collector
