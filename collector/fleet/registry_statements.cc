#include "collector/fleet/registry_statements.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/clock.h"

namespace relaywatch::collector {
namespace {

// In the order of the members.
constexpr std::array kSql{
    "INSERT INTO token (id, hash, location, created_ms, expires_ms, uses) VALUES (?,?,?,?,?,?)",
    "SELECT id, location, created_ms, expires_ms, uses, used, revoked_ms FROM token "
    "ORDER BY created_ms DESC, rowid DESC",
    "SELECT id, location, created_ms, expires_ms, uses, used, revoked_ms FROM token WHERE hash = ?",
    "UPDATE token SET used = used + 1 WHERE id = ?",
    "UPDATE token SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms = 0",
    "SELECT name FROM agent WHERE token = ? AND first_key = ?",
    "INSERT INTO agent (name, host_name, version, location, token, first_key, enrolled_ms, serial, "
    "not_after) VALUES (?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (name) DO UPDATE SET serial = excluded.serial, not_after = excluded.not_after",
    "UPDATE agent SET host_name = ?2, version = ?3, serial = ?4, not_after = ?5 WHERE name = ?1",
    "INSERT INTO agent (name, host_name, version, location, token, first_key, enrolled_ms, serial, "
    "not_after) VALUES (?,?,?,?,'',x'',0,'',0) ON CONFLICT (name) DO NOTHING",
    "SELECT enrolled_ms, revoked_ms FROM agent WHERE name = ?",
    "SELECT name, host_name, version, location, enrolled_ms, not_after, revoked_ms, reason "
    "FROM agent ORDER BY name",
    "UPDATE agent SET revoked_ms = ?2, reason = ?3 WHERE name = ?1",
    "SELECT name FROM agent WHERE revoked_ms <> 0",
    "INSERT INTO operator (name, created_ms, serial, not_after) VALUES (?,?,?,?) "
    "ON CONFLICT (name) DO UPDATE SET serial = excluded.serial, not_after = excluded.not_after",
    "SELECT name, created_ms, not_after, revoked_ms, reason FROM operator WHERE name = ?",
    "SELECT name, created_ms, not_after, revoked_ms, reason FROM operator ORDER BY name",
    "INSERT INTO operator (name, created_ms, serial, not_after, revoked_ms, reason) "
    "VALUES (?1, 0, '', 0, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET revoked_ms = ?2, reason = ?3",
    "SELECT name FROM operator WHERE revoked_ms <> 0",
    "INSERT INTO audit (time_ms, who, act, object, detail, routine) VALUES (?,?,?,?,?,?)",
    "DELETE FROM audit WHERE routine AND id <= (SELECT id FROM audit WHERE routine "
    "ORDER BY id DESC LIMIT 1 OFFSET ?)",
};

}  // namespace

absl::StatusOr<std::unique_ptr<Registry::Statements>> Registry::Statements::Prepare(
    sqlite::Database& database) {
  std::vector<sqlite::Statement> made;
  for (const char* sql : kSql) {
    auto statement = sqlite::Statement::Prepare(database, sql);
    if (!statement.ok()) return statement.status();
    made.push_back(*std::move(statement));
  }
  auto next = made.begin();
  const auto take = [&next] { return std::move(*next++); };
  // Braces evaluate from left to right.
  return std::unique_ptr<Statements>(new Statements{
      take(), take(), take(), take(), take(), take(), take(), take(), take(), take(),
      take(), take(), take(), take(), take(), take(), take(), take(), take(), take()});
}

std::string Describe(const IssuedCertificate& certificate) {
  return fmt::format("serial {}, until {}", certificate.serial,
                     FormatRfc3339(certificate.not_after * 1000));
}

}  // namespace relaywatch::collector
