// The reference: what SQLite itself can append. The store's own result table and settings, one row
// a statement run, transactions of 2,000 rows, and nothing else: no network, no names, no judging.
// Confined to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/sqlite/sqlite.h"

namespace relaywatch::bench {

class RawAppend {
 public:
  // A database of its own in that directory; a failure ends the process.
  explicit RawAppend(const std::string& directory);

  // Rows per second.
  double Run(int rows);

 private:
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<sqlite::Statement> insert_;
  std::int64_t next_ = 1;
};

}  // namespace relaywatch::bench
