#include "collector/fleet/registry.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "collector/annotate.h"
#include "collector/fleet/registry_statements.h"
#include "common/clock.h"

namespace relaywatch::collector {
namespace {

constexpr const char* kPragmas = R"sql(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA mmap_size = 0;
PRAGMA trusted_schema = OFF;
PRAGMA busy_timeout = 5000;
)sql";

constexpr int kRoutineKept = 100'000;
constexpr int kTrimEvery = 1'000;

absl::Status PrepareSchema(sqlite::Database& database) {
  const auto version = database.Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version > kRegistryVersion) {
    return absl::FailedPreconditionError(
        fmt::format("written by a newer relaywatch-collector (version {}, this one knows {})",
                    *version, kRegistryVersion));
  }
  if (*version == kRegistryVersion) return absl::OkStatus();
  auto transaction = sqlite::Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  if (*version == 0) {
    if (auto made = database.Execute(kRegistrySchema); !made.ok()) return made;
  }
  if (auto made = database.Execute(kOperatorSchema); !made.ok()) return made;
  auto marked = database.Execute(fmt::format("PRAGMA user_version = {}", kRegistryVersion));
  if (!marked.ok()) return marked;
  return transaction->Commit();
}

TokenRow TokenOf(const sqlite::Statement& row) {
  return {.id = std::string(row.Text(0)),
          .location = std::string(row.Text(1)),
          .created_ms = row.Integer(2),
          .expires_ms = row.Integer(3),
          .uses = row.Integer(4),
          .used = row.Integer(5),
          .revoked_ms = row.Integer(6)};
}

}  // namespace

Registry::Registry(sqlite::Database database) : database_(std::move(database)) {}
Registry::~Registry() = default;

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(const std::string& file) {
  auto database = sqlite::Database::Open(file);
  if (!database.ok()) return database.status();
  chmod(file.c_str(), 0600);  // its log files take the mode over
  std::unique_ptr<Registry> registry(new Registry(*std::move(database)));
  if (auto started = registry->Start(); !started.ok()) return Annotate(started, file);
  return registry;
}

absl::Status Registry::Start() {
  if (auto set = database_.Execute(kPragmas); !set.ok()) return set;
  if (auto prepared = PrepareSchema(database_); !prepared.ok()) return prepared;
  auto statements = Statements::Prepare(database_);
  if (!statements.ok()) return statements.status();
  statements_ = *std::move(statements);
  return RefreshRevoked().status();
}

absl::Status Registry::Audit(const Entry& entry) {
  auto& add = statements_->audit;
  add.Bind(1, entry.now_ms).BindText(2, entry.who).BindText(3, entry.act);
  add.BindText(4, entry.object).BindText(5, entry.detail).Bind(6, entry.routine ? 1 : 0);
  if (auto added = add.Run(); !added.ok()) return added;
  if (!entry.routine || ++routine_since_trim_ < kTrimEvery) return absl::OkStatus();
  routine_since_trim_ = 0;
  return statements_->trim_audit.Bind(1, kRoutineKept).Run();
}

absl::Status Registry::AuditDecision(std::string_view act, std::string_view object,
                                     std::string_view detail, std::int64_t now_ms,
                                     std::string_view who) {
  const std::lock_guard lock(mutex_);
  return Audit({now_ms, who, act, object, detail});
}

absl::Status Registry::AuditRefusal(std::string_view object, std::string_view why,
                                    std::string_view peer, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return Audit({now_ms, peer, "refuse", object, why, true});
}

absl::Status Registry::AddToken(const TokenRow& token, std::string_view hash,
                                std::string_view who) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  auto& add = statements_->add_token;
  add.BindText(1, token.id).BindBlob(2, hash).BindText(3, token.location);
  add.Bind(4, token.created_ms).Bind(5, token.expires_ms).Bind(6, token.uses);
  if (auto added = add.Run(); !added.ok()) return added;
  const std::string detail =
      fmt::format("location {}, {} uses, until {}", token.location.empty() ? "any" : token.location,
                  token.uses, FormatRfc3339(token.expires_ms));
  if (auto told = Audit({token.created_ms, who, "token create", token.id, detail}); !told.ok()) {
    return told;
  }
  return transaction->Commit();
}

absl::StatusOr<std::vector<TokenRow>> Registry::Tokens() {
  const std::lock_guard lock(mutex_);
  std::vector<TokenRow> tokens;
  auto& row = statements_->tokens;
  if (auto read = row.ForEachRow([&] { tokens.push_back(TokenOf(row)); }); !read.ok()) return read;
  return tokens;
}

absl::StatusOr<std::optional<TokenRow>> Registry::FindToken(std::string_view hash) {
  auto& find = statements_->find_token;
  const auto row = find.BindBlob(1, hash).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  TokenRow token = TokenOf(find);
  find.Reset();
  return token;
}

absl::Status Registry::RevokeToken(std::string_view id, std::int64_t now_ms, std::string_view who) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  auto revoked = statements_->revoke_token.BindText(1, id).Bind(2, now_ms).Run();
  if (!revoked.ok()) return revoked;
  if (sqlite3_changes(database_.handle()) == 0) {
    return absl::NotFoundError(fmt::format("no token {} that is not revoked already", id));
  }
  if (auto told = Audit({now_ms, who, "token revoke", id, ""}); !told.ok()) return told;
  return transaction->Commit();
}

}  // namespace relaywatch::collector
