// The store's prepared statements, in the order of the tables. An implementation detail of
// SqliteStore, shared by its source files.
#pragma once

#include <memory>

#include "collector/store/sqlite_store.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

struct SqliteStore::Statements {
  static absl::StatusOr<std::unique_ptr<Statements>> Prepare(sqlite::Database& database);

  sqlite::Statement put_agent;
  sqlite::Statement put_epoch;
  sqlite::Statement add_series;
  sqlite::Statement put_profile;
  sqlite::Statement put_profile_version;
  sqlite::Statement add_outcome;
  sqlite::Statement put_judgement;
  sqlite::Statement keep_judgement;
  sqlite::Statement add_results;  // all rows of the row source
  sqlite::Statement add_gap;
  sqlite::Statement put_latest;
  sqlite::Statement put_meta;
  sqlite::Statement put_rule;
  sqlite::Statement end_rule;
  sqlite::Statement put_change;
  sqlite::Statement set_change_status;
  sqlite::Statement drop_evidence;
  sqlite::Statement add_evidence;
  sqlite::Statement put_incident;
  sqlite::Statement find_epoch;
  sqlite::Statement find_series;
  sqlite::Statement find_outcome;
  sqlite::Statement read_facts;
  sqlite::Statement read_meta;
};

}  // namespace relaywatch::collector
