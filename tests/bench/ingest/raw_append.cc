#include "tests/bench/ingest/raw_append.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

#include "common/taxonomy.h"

namespace relaywatch::bench {
namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

constexpr int kRowsOfTransaction = 2'000;
constexpr int kDifferentRows = 4'096;

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::cerr << "ingest benchmark, raw append: " << result.status() << "\n";
  std::exit(1);
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "ingest benchmark, raw append: " << status << "\n";
  std::exit(1);
}

// Timings with the spread of real ones, so that the rows are as long as real ones.
const std::vector<std::int64_t>& Timings() {
  static const std::vector<std::int64_t> timings = [] {
    std::mt19937 random(1);
    std::lognormal_distribution<double> spread(9.6, 0.6);
    std::vector<std::int64_t> made(kDifferentRows);
    for (auto& us : made) us = std::llround(spread(random));
    return made;
  }();
  return timings;
}

}  // namespace

RawAppend::RawAppend(const std::string& directory)
    : database_(std::make_unique<Database>(Must(Database::Open(directory + "/raw.db")))) {
  std::string columns = "id INTEGER PRIMARY KEY, epoch, seq, series, time_ms, outcome, flags";
  std::string parameters = "NULL, ?, ?, ?, ?, ?, ?";
  for (std::size_t i = 0; i < kStageCount; ++i) {
    columns += ", s" + std::to_string(i);
    parameters += ", ?";
  }
  Must(
      database_->Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "PRAGMA secure_delete = OFF; PRAGMA mmap_size = 0;"
                         "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 2048;"
                         "CREATE TABLE result(" +
                         columns + ")"));
  insert_ = std::make_unique<Statement>(
      Must(Statement::Prepare(*database_, "INSERT INTO result VALUES(" + parameters + ")")));
}

double RawAppend::Run(int rows) {
  const auto& timings = Timings();
  const auto start = std::chrono::steady_clock::now();
  for (int row = 0; row < rows;) {
    auto transaction = Must(Transaction::Begin(*database_));
    for (int i = 0; i < kRowsOfTransaction; ++i, ++row, ++next_) {
      insert_->Bind(1, 3).Bind(2, next_).Bind(3, next_ % 96).Bind(4, 1'790'000'000'000 + next_);
      insert_->Bind(5, next_ % 24).Bind(6, 0);
      // Stages that did not run stay NULL: 8 to 11 timings a row, as the agents send.
      const std::size_t stages = 8 + static_cast<std::size_t>(next_ % 4);
      for (std::size_t s = 0; s < kStageCount; ++s) {
        const auto at = (static_cast<std::size_t>(next_) * 7 + s) % kDifferentRows;
        if (s < stages)
          insert_->Bind(7 + static_cast<int>(s), timings[at]);
        else
          insert_->BindNull(7 + static_cast<int>(s));
      }
      Must(insert_->Run());
    }
    Must(transaction.Commit());
  }
  return rows / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace relaywatch::bench
