#include "agent/spool/spool_schema.h"

#include <fmt/format.h>

namespace relaywatch::agent {
namespace {

constexpr int kApplicationId = 0x72777370;  // "rwsp"

// WAL and FULL: what is committed survives power loss. A small log and cache: an agent shares its
// host with the people it works for. secure_delete is compiled on in Debian and would write every
// freed page again; mmap turns an I/O error into a crash.
constexpr const char* kPragmas = R"sql(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 64;
PRAGMA secure_delete = OFF;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA cache_size = -256;
)sql";

// `content` holds what many results share, by its SHA-256: paths and outcomes.
constexpr const char* kTables = R"sql(
CREATE TABLE epoch(position INTEGER PRIMARY KEY, epoch INTEGER, base INTEGER, released INTEGER,
  last INTEGER);
CREATE TABLE gap(first INTEGER PRIMARY KEY, last INTEGER, reason INTEGER);
CREATE TABLE content(id INTEGER PRIMARY KEY, digest BLOB UNIQUE, bytes BLOB);
CREATE TABLE result(id INTEGER PRIMARY KEY, path INTEGER, outcome INTEGER, boot INTEGER,
  body BLOB);
)sql";

}  // namespace

absl::Status PrepareSpool(sqlite::Database& database) {
  if (auto set = database.Execute(kPragmas); !set.ok()) return set;
  const auto version = database.Integer("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto application = database.Integer("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const auto objects = database.Integer("SELECT count(*) FROM sqlite_schema");
  if (!objects.ok()) return objects.status();
  if (*objects != 0 && *application != kApplicationId) {
    return absl::DataLossError("is not a spool");
  }
  if (*version > kSpoolVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "has schema version {}, newer than this program's {}", *version, kSpoolVersion));
  }
  if (*objects != 0) return absl::OkStatus();
  auto transaction = sqlite::Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  const std::string marks = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                        kApplicationId, kSpoolVersion);
  if (auto created = database.Execute(kTables + marks); !created.ok()) return created;
  return transaction->Commit();
}

}  // namespace relaywatch::agent
