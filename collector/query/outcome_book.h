// Distinct outcomes by number, read and judged when first asked for: what a question about millions
// of results looks at are some thousand of them. Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "collector/ingest/dictionary.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

class OutcomeBook {
 public:
  using Entry = std::shared_ptr<const JudgedOutcome>;

  static Entry Judge(std::int64_t id, v1::Facts facts, std::shared_ptr<const ProfileSet> profiles);

  // Outcomes are judged by these from now on.
  void Use(std::shared_ptr<const ProfileSet> profiles);

  // DataLoss where the store has no such outcome, or holds what is none.
  absl::StatusOr<Entry> Find(std::int64_t id, sqlite::Database& database);

 private:
  absl::StatusOr<Entry> Read(std::int64_t id, sqlite::Database& database) const;

  std::shared_ptr<const ProfileSet> profiles_;
  absl::flat_hash_map<std::int64_t, Entry> entries_;
};

}  // namespace relaywatch::collector
