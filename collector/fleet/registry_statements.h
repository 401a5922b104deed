// The registry's schema and its statements, prepared once. Confined to the registry.
#pragma once

#include "collector/fleet/registry.h"

namespace relaywatch::collector {

inline constexpr int kRegistryVersion = 2;

// All of them are small tables: what operators look at, `sqlite3 fleet.sqlite` can show.
inline constexpr const char* kRegistrySchema = R"sql(
CREATE TABLE token (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  location TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  revoked_ms INTEGER NOT NULL DEFAULT 0,
  CHECK (used <= uses)
) STRICT;
CREATE TABLE agent (
  name TEXT PRIMARY KEY,
  host_name TEXT NOT NULL,
  version TEXT NOT NULL,
  location TEXT NOT NULL,
  token TEXT NOT NULL,
  first_key BLOB NOT NULL,
  enrolled_ms INTEGER NOT NULL,
  serial TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  revoked_ms INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX agent_of_token ON agent (token, first_key);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  act TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  routine INTEGER NOT NULL
) STRICT;
CREATE INDEX routine_audit ON audit (id) WHERE routine;
)sql";

// Since version 2.
inline constexpr const char* kOperatorSchema = R"sql(
CREATE TABLE operator (
  name TEXT PRIMARY KEY,
  created_ms INTEGER NOT NULL,
  serial TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  revoked_ms INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
) STRICT;
)sql";

struct Registry::Statements {
  sqlite::Statement add_token;
  sqlite::Statement tokens;
  sqlite::Statement find_token;
  sqlite::Statement use_token;
  sqlite::Statement revoke_token;
  sqlite::Statement agent_of_key;
  sqlite::Statement put_agent;
  sqlite::Statement renew_agent;
  sqlite::Statement enter_agent;
  sqlite::Statement find_agent;
  sqlite::Statement agents;
  sqlite::Statement revoke_agent;
  sqlite::Statement revoked;
  sqlite::Statement put_operator;
  sqlite::Statement find_operator;
  sqlite::Statement operators;
  sqlite::Statement revoke_operator;
  sqlite::Statement revoked_operators;
  sqlite::Statement audit;
  sqlite::Statement trim_audit;

  static absl::StatusOr<std::unique_ptr<Statements>> Prepare(sqlite::Database& database);
};

// For the audit.
std::string Describe(const IssuedCertificate& certificate);

}  // namespace relaywatch::collector
