#include "agent/spool/spool_file.h"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <chrono>
#include <filesystem>
#include <system_error>

#include "agent/spool/spool_schema.h"

namespace relaywatch::agent {
namespace {

using sqlite::Statement;

constexpr std::chrono::seconds kCheckLimit{2};
// Content that no result refers to any more is looked for after so many new ones.
constexpr std::size_t kInternedBetweenSearches = 256;

std::string DigestOf(const std::string& bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::uint64_t SizeOf(const std::string& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return error ? 0 : bytes;
}

absl::Status Named(const absl::Status& status, const std::string& file) {
  if (status.ok()) return status;
  return {status.code(), fmt::format("{}: {}", file, std::string(status.message()))};
}

int IsLate(void* deadline) {
  return std::chrono::steady_clock::now() >=
         *static_cast<std::chrono::steady_clock::time_point*>(deadline);
}

// Numbers that an honest ledger can have: bytes that went bad must not become a promise.
bool IsSane(const SpoolFile::Contents& contents) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  std::int64_t end = 0;
  for (const Span& span : contents.spans) {
    if (span.epoch == 0 || span.base < end || span.released < 0 || span.last < span.released) {
      return false;
    }
    if (span.base > kMost || span.last > kMost) return false;
    end = span.base + span.last;
  }
  std::int64_t next = 0;
  for (const IdGap& gap : contents.gaps) {
    if (gap.ids.first < next || gap.ids.last < gap.ids.first || gap.ids.last > end) return false;
    if (gap.reason == 0 || !v1::GapReason_IsValid(gap.reason)) return false;
    next = gap.ids.last + 1;
  }
  return true;
}

absl::StatusOr<SpoolFile::Contents> ReadLedger(sqlite::Database& database) {
  SpoolFile::Contents contents;
  auto spans = Statement::Prepare(
      database, "SELECT epoch, base, released, last FROM epoch ORDER BY position");
  if (!spans.ok()) return spans.status();
  auto read = spans->ForEachRow([&] {
    contents.spans.push_back({.epoch = static_cast<std::uint64_t>(spans->Integer(0)),
                              .base = spans->Integer(1),
                              .released = spans->Integer(2),
                              .last = spans->Integer(3)});
  });
  if (!read.ok()) return read;
  auto gaps = Statement::Prepare(database, "SELECT first, last, reason FROM gap ORDER BY first");
  if (!gaps.ok()) return gaps.status();
  read = gaps->ForEachRow([&] {
    contents.gaps.push_back(
        {{gaps->Integer(0), gaps->Integer(1)}, static_cast<v1::GapReason>(gaps->Integer(2))});
  });
  if (!read.ok()) return read;
  if (!IsSane(contents)) return absl::DataLossError("the numbers of the epochs make no sense");
  return contents;
}

}  // namespace

struct SpoolFile::Statements {
  Statement find_content;
  Statement add_content;
  Statement read_content;
  Statement put_result;
  Statement erase_results;
  Statement add_span;
  Statement add_gap;
  Statement read_results;
  Statement read_oldest;
};

SpoolFile::SpoolFile(std::string file, sqlite::Database database)
    : file_(std::move(file)), database_(std::move(database)) {}
SpoolFile::~SpoolFile() = default;

absl::StatusOr<std::unique_ptr<SpoolFile>> SpoolFile::Open(const std::string& file) {
  const bool ended_well = SizeOf(file + "-wal") == 0;
  auto database = sqlite::Database::Open(file);
  if (!database.ok()) return database.status();
  chmod(file.c_str(), 0600);
  std::unique_ptr<SpoolFile> spool(new SpoolFile(file, *std::move(database)));
  if (auto prepared = PrepareSpool(spool->database_); !prepared.ok()) return Named(prepared, file);
  if (!ended_well) {
    if (auto checked = spool->CheckIntegrity(); !checked.ok()) return Named(checked, file);
  }
  if (auto prepared = spool->Prepare(); !prepared.ok()) return Named(prepared, file);
  return spool;
}

// A check that takes too long is given up: what it did not come to is found when it is read.
absl::Status SpoolFile::CheckIntegrity() {
  auto deadline = std::chrono::steady_clock::now() + kCheckLimit;
  sqlite3_progress_handler(database_.handle(), 10'000, IsLate, &deadline);
  auto check = Statement::Prepare(database_, "PRAGMA quick_check(1)");
  absl::Status result = check.status();
  if (check.ok()) {
    const auto row = check->Step();
    const bool late = sqlite3_errcode(database_.handle()) == SQLITE_INTERRUPT;
    if (!row.ok()) {
      result = late ? absl::OkStatus() : row.status();
    } else if (*row && check->Text(0) != "ok") {
      result = absl::DataLossError(std::string(check->Text(0)));
    }
  }
  sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr);
  return result;
}

absl::Status SpoolFile::Prepare() {
  absl::Status failure;
  const auto prepare = [&](const char* sql) -> absl::StatusOr<Statement> {
    auto statement = Statement::Prepare(database_, sql);
    if (!statement.ok()) failure.Update(statement.status());
    return statement;
  };
  absl::StatusOr<Statement> all[] = {
      prepare("SELECT id FROM content WHERE digest = ?"),
      prepare("INSERT INTO content(digest, bytes) VALUES(?, ?)"),
      prepare("SELECT bytes FROM content WHERE id = ?"),
      prepare("INSERT OR REPLACE INTO result VALUES(?, ?, ?, ?, ?)"),
      prepare("DELETE FROM result WHERE id BETWEEN ? AND ?"),
      prepare("INSERT INTO epoch(epoch, base, released, last) VALUES(?, ?, ?, ?)"),
      prepare("INSERT INTO gap VALUES(?, ?, ?)"),
      prepare("SELECT id, path, outcome, boot, body FROM result WHERE id BETWEEN ? AND ? "
              "ORDER BY id"),
      prepare("SELECT id, boot, body FROM result ORDER BY id LIMIT ?"),
  };
  if (!failure.ok()) return failure;
  std::size_t i = 0;
  const auto next = [&]() { return *std::move(all[i++]); };
  // Braces evaluate from left to right: the order of the members.
  statements_.reset(
      new Statements{next(), next(), next(), next(), next(), next(), next(), next(), next()});
  const auto page_bytes = database_.Integer("PRAGMA page_size");
  if (!page_bytes.ok()) return page_bytes.status();
  page_bytes_ = static_cast<std::uint64_t>(*page_bytes);
  return absl::OkStatus();
}

SpoolFile::Contents SpoolFile::Salvage(const std::string& file) {
  auto database = sqlite::Database::Open(file);
  if (!database.ok()) return {};
  return ReadLedger(*database).value_or(Contents{});
}

absl::StatusOr<SpoolFile::Contents> SpoolFile::Load() {
  const std::lock_guard lock(mutex_);
  auto contents = ReadLedger(database_);
  if (!contents.ok()) return Named(contents.status(), file_);
  Ledger ledger(1);
  ledger.Prepend(contents->spans, contents->gaps);
  const auto rows = database_.Integer("SELECT count(*) FROM result");
  if (!rows.ok()) return Named(rows.status(), file_);
  if (static_cast<std::uint64_t>(*rows) != ledger.held()) {
    return absl::DataLossError(
        fmt::format("{}: holds {} results and should hold {}", file_, *rows, ledger.held()));
  }
  return contents;
}

absl::Status SpoolFile::Commit(const WriteSet& set) {
  const std::lock_guard lock(mutex_);
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  for (const auto& [id, spooled] : set.results) {
    if (auto done = Insert(id, spooled); !done.ok()) return done;
  }
  for (const IdRange& ids : set.erase) {
    auto done = statements_->erase_results.Bind(1, ids.first).Bind(2, ids.last).Run();
    if (!done.ok()) return done;
  }
  if (auto done = WriteLedger(set); !done.ok()) return done;
  if (auto done = ForgetUnused(set.tidy); !done.ok()) return done;
  return transaction->Commit();
}

absl::Status SpoolFile::Insert(std::int64_t id, const SpooledResult& spooled) {
  const auto path = Intern(spooled.path->SerializeAsString());
  if (!path.ok()) return path.status();
  const auto outcome = Intern(*spooled.outcome);
  if (!outcome.ok()) return outcome.status();
  const std::string body = spooled.result.SerializeAsString();
  auto& put = statements_->put_result;
  put.Bind(1, id).Bind(2, *path).Bind(3, *outcome);
  return put.Bind(4, static_cast<std::int64_t>(spooled.boot_id)).BindBlob(5, body).Run();
}

absl::StatusOr<std::int64_t> SpoolFile::Intern(const std::string& bytes) {
  const std::string digest = DigestOf(bytes);
  auto& find = statements_->find_content;
  const auto row = find.BindBlob(1, digest).Step();
  if (!row.ok()) return row.status();
  if (*row) {
    const std::int64_t id = find.Integer(0);
    find.Reset();
    return id;
  }
  auto added = statements_->add_content.BindBlob(1, digest).BindBlob(2, bytes).Run();
  if (!added.ok()) return added;
  ++interned_;
  return sqlite3_last_insert_rowid(database_.handle());
}

absl::Status SpoolFile::WriteLedger(const WriteSet& set) {
  if (auto done = database_.Execute("DELETE FROM epoch; DELETE FROM gap;"); !done.ok()) return done;
  for (const Span& span : set.spans) {
    auto& add = statements_->add_span;
    add.Bind(1, static_cast<std::int64_t>(span.epoch)).Bind(2, span.base);
    if (auto done = add.Bind(3, span.released).Bind(4, span.last).Run(); !done.ok()) return done;
  }
  for (const IdGap& gap : set.gaps) {
    auto& add = statements_->add_gap;
    add.Bind(1, gap.ids.first).Bind(2, gap.ids.last);
    if (auto done = add.Bind(3, gap.reason).Run(); !done.ok()) return done;
  }
  return absl::OkStatus();
}

absl::Status SpoolFile::ForgetUnused(bool at_once) {
  if (!at_once && interned_ < kInternedBetweenSearches) return absl::OkStatus();
  interned_ = 0;
  return database_.Execute(
      "DELETE FROM content WHERE id NOT IN (SELECT path FROM result UNION SELECT outcome FROM "
      "result)");
}

absl::StatusOr<SpoolFile::Rows> SpoolFile::Read(IdRange ids, std::size_t max_results,
                                                std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  Shared shared;
  Rows rows;
  auto& read = statements_->read_results;
  read.Bind(1, ids.first).Bind(2, ids.last);
  for (std::size_t bytes = 0; rows.size() < max_results && bytes < max_bytes;) {
    const auto row = read.Step();
    if (!row.ok()) return Named(row.status(), file_);
    if (!*row) return rows;
    auto spooled = ReadRow(shared);
    if (!spooled.ok()) {
      read.Reset();
      return Named(spooled.status(), file_);
    }
    bytes += PayloadBytes(*spooled);
    rows.emplace_back(read.Integer(0), *std::move(spooled));
  }
  read.Reset();
  return rows;
}

absl::StatusOr<SpooledResult> SpoolFile::ReadRow(Shared& shared) {
  const auto& row = statements_->read_results;
  auto& path = shared.paths[row.Integer(1)];
  auto& outcome = shared.outcomes[row.Integer(2)];
  if (!path) {
    const auto bytes = Content(row.Integer(1));
    if (!bytes.ok()) return bytes.status();
    v1::Path parsed;
    if (!parsed.ParseFromString(*bytes)) return absl::DataLossError("a path is damaged");
    path = std::make_shared<const v1::Path>(std::move(parsed));
  }
  if (!outcome) {
    auto bytes = Content(row.Integer(2));
    if (!bytes.ok()) return bytes.status();
    outcome = std::make_shared<const std::string>(*std::move(bytes));
  }
  SpooledResult spooled{path, outcome, {}, static_cast<std::uint64_t>(row.Integer(3))};
  const auto body = row.Blob(4);
  if (!spooled.result.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return absl::DataLossError("a result is damaged");
  }
  return spooled;
}

absl::StatusOr<std::string> SpoolFile::Content(std::int64_t id) {
  auto& read = statements_->read_content;
  const auto row = read.Bind(1, id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::DataLossError(fmt::format("content {} is missing", id));
  std::string bytes(read.Blob(0));
  read.Reset();
  return bytes;
}

absl::StatusOr<std::vector<Stamp>> SpoolFile::Oldest(std::size_t count) {
  const std::lock_guard lock(mutex_);
  std::vector<Stamp> stamps;
  auto& read = statements_->read_oldest;
  read.Bind(1, static_cast<std::int64_t>(count));
  auto done = read.ForEachRow([&] {
    v1::Result result;
    const auto body = read.Blob(2);
    result.ParseFromArray(body.data(), static_cast<int>(body.size()));
    stamps.push_back({read.Integer(0), result.wall_ms(), result.boot_ms(),
                      static_cast<std::uint64_t>(read.Integer(1))});
  });
  if (!done.ok()) return done;
  return stamps;
}

absl::StatusOr<FileUsage> SpoolFile::Usage() {
  const std::lock_guard lock(mutex_);
  const auto pages = database_.Integer("PRAGMA page_count");
  if (!pages.ok()) return pages.status();
  const auto free_pages = database_.Integer("PRAGMA freelist_count");
  if (!free_pages.ok()) return free_pages.status();
  FileUsage usage;
  usage.used_bytes = static_cast<std::uint64_t>(*pages - *free_pages) * page_bytes_;
  usage.file_bytes = SizeOf(file_) + SizeOf(file_ + "-wal");
  struct statvfs disk {};
  if (statvfs(file_.c_str(), &disk) == 0) {
    usage.disk_bytes = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    usage.free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  }
  return usage;
}

}  // namespace relaywatch::agent
