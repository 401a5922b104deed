#include "collector/store/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "collector/store/chunk_row.h"

namespace relaywatch::collector {
namespace {

using sqlite::Statement;
using sqlite::Transaction;

// Chunks that a crash left behind, deleted at a time.
constexpr int kSweepChunks = 500;

}  // namespace

struct Folder::Statements {
  Statement read_rows;
  Statement add_chunk;
  Statement add_state;
  Statement add_piece;
  Statement add_places;
  Statement add_segment;
  Statement bounds;  // first and last row, latest_upto
  Statement delete_rows;
};

Folder::Folder(sqlite::Database& database, FoldLimits limits)
    : database_(database), limits_(limits) {}
Folder::~Folder() = default;

absl::StatusOr<std::unique_ptr<Folder>> Folder::Create(sqlite::Database& database,
                                                       FoldLimits limits) {
  std::unique_ptr<Folder> folder(new Folder(database, limits));
  if (auto started = folder->Start(); !started.ok()) return started;
  return folder;
}

absl::Status Folder::Start() {
  absl::Status failure;
  const auto prepare = [&](const std::string& sql) -> absl::StatusOr<Statement> {
    auto statement = Statement::Prepare(database_, sql);
    if (!statement.ok()) failure.Update(statement.status());
    return statement;
  };
  absl::StatusOr<Statement> all[] = {
      prepare("SELECT * FROM result WHERE id > ? AND id <= ? ORDER BY id"),
      prepare(InsertChunkSql()),
      prepare("INSERT INTO state VALUES(?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO hot_state VALUES(?, ?, ?, ?)"),
      prepare("INSERT OR REPLACE INTO hot_place VALUES(?, ?, ?, ?)"),
      prepare("INSERT INTO segment VALUES(?, ?, ?, ?)"),
      prepare("SELECT (SELECT min(id) FROM result), (SELECT max(id) FROM result),"
              "(SELECT value FROM meta WHERE key = 'latest_upto')"),
      prepare("DELETE FROM result WHERE id < ?"),
  };
  if (!failure.ok()) return failure;
  statements_ = std::make_unique<Statements>(
      Statements{*std::move(all[0]), *std::move(all[1]), *std::move(all[2]), *std::move(all[3]),
                 *std::move(all[4]), *std::move(all[5]), *std::move(all[6]), *std::move(all[7])});
  const auto folded = database_.Integer("SELECT value FROM meta WHERE key = 'folded_upto'");
  if (!folded.ok()) return folded.status();
  const auto segment = database_.Integer("SELECT value FROM meta WHERE key = 'next_segment'");
  if (!segment.ok()) return segment.status();
  folded_upto_ = gathered_upto_ = *folded;
  segment_ = *segment;
  OpenSegment();
  return absl::OkStatus();
}

void Folder::OpenSegment() {
  packer_ = std::make_unique<Packer>();
  places_.clear();
  piece_span_ = {};
  cut_.reset();
  opened_ms_ = -1;
  full_ = writing_ = false;
  written_ = {};
}

absl::StatusOr<bool> Folder::Step(std::int64_t now_ms) {
  if (!swept_) return Sweep();
  if (writing_) {
    const absl::Status written = packer_->IsEnd(written_) ? Seal() : WriteChunks();
    if (!written.ok()) return written;
    return true;
  }
  if (cut_) {
    if (auto written = WritePiece(); !written.ok()) return written;
    return true;
  }
  const auto deleted = Delete();
  if (!deleted.ok() || *deleted) return deleted;
  return Gather(now_ms);
}

absl::StatusOr<bool> Folder::Sweep() {
  const std::int64_t first = ChunkId(segment_, 0, 0);
  auto swept = database_.Execute(
      fmt::format("DELETE FROM hot_state; DELETE FROM hot_place;"
                  "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id >= {} LIMIT {})",
                  first, kSweepChunks));
  if (!swept.ok()) return swept;
  swept_ = sqlite3_changes(database_.handle()) == 0;
  return true;
}

absl::StatusOr<bool> Folder::Delete() {
  auto& bounds = statements_->bounds;
  if (auto row = bounds.Step(); !row.ok()) return row.status();
  const std::int64_t first = bounds.Integer(0);
  const std::int64_t latest = bounds.Integer(2);
  bounds.Reset();
  const std::int64_t end = std::min(folded_upto_, latest + 1);
  if (first == 0 || first >= end) return false;
  auto& rows = statements_->delete_rows.Bind(1, std::min(end, first + 2 * limits_.step_rows));
  if (auto deleted = rows.Run(); !deleted.ok()) return deleted;
  return true;
}

absl::StatusOr<bool> Folder::Gather(std::int64_t now_ms) {
  auto& bounds = statements_->bounds;
  if (auto row = bounds.Step(); !row.ok()) return row.status();
  const std::int64_t last = bounds.Integer(1);
  bounds.Reset();
  if (last <= folded_upto_) return false;
  if (opened_ms_ < 0) opened_ms_ = now_ms;
  const bool due = full_ || now_ms - opened_ms_ >= limits_.max_age.count();
  const std::int64_t waiting = last - gathered_upto_;
  if (!full_ && waiting > 0 && (due || waiting >= limits_.step_rows / 2)) {
    const auto read = ReadRows(gathered_upto_ + limits_.step_rows);
    if (!read.ok()) return read.status();
    full_ = full_ || packer_->rows() >= limits_.max_rows;
    if (std::ssize(places_) >= limits_.piece_rows) CutPiece();
    return true;
  }
  if (!due) return false;
  TimeSpan unused;
  packer_->TakePiece(unused);
  packer_->Close();
  writing_ = true;
  return true;
}

absl::StatusOr<std::int64_t> Folder::ReadRows(std::int64_t upto) {
  auto& rows = statements_->read_rows.Bind(1, gathered_upto_).Bind(2, upto);
  std::int64_t count = 0;
  while (true) {
    const auto row = rows.Step();
    if (!row.ok()) return row.status();
    if (!*row) return count;
    const ResultRow result = ResultOf(rows);
    if (!packer_->Add(result)) {
      full_ = true;
      rows.Reset();
      return count;
    }
    gathered_upto_ = rows.Integer(0);
    places_.push_back({result.series, gathered_upto_});
    piece_span_.Add(result.time_ms);
    ++count;
  }
}

void Folder::CutPiece() {
  Piece& piece = cut_.emplace();
  piece.upto = gathered_upto_;
  piece.all = std::exchange(piece_span_, {});
  piece.runs = packer_->TakePiece(piece.votes);
  piece.places = WriteHotIndex(places_);
  places_.clear();
}

absl::Status Folder::WritePiece() {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  auto& piece = statements_->add_piece;
  piece.Bind(1, cut_->upto).Bind(2, cut_->votes.first_ms).Bind(3, cut_->votes.last_ms);
  if (auto added = piece.BindBlob(4, cut_->runs).Run(); !added.ok()) return added;
  auto& places = statements_->add_places;
  places.Bind(1, cut_->upto).Bind(2, cut_->all.first_ms).Bind(3, cut_->all.last_ms);
  if (auto added = places.BindBlob(4, cut_->places).Run(); !added.ok()) return added;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  cut_.reset();
  return absl::OkStatus();
}

absl::Status Folder::WriteChunks() {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  const auto next =
      packer_->Write(written_, limits_.step_bytes, [&](std::int64_t part, const Chunk& chunk) {
        BindChunk(ChunkId(segment_, chunk.series, part), chunk, statements_->add_chunk);
        return statements_->add_chunk.Run();
      });
  if (!next.ok()) return next.status();
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  written_ = *next;
  return absl::OkStatus();
}

absl::Status Folder::Seal() {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  const std::string runs = packer_->Runs();
  auto& state = statements_->add_state;
  state.Bind(1, segment_).Bind(2, packer_->votes().first_ms).Bind(3, packer_->votes().last_ms);
  if (auto added = state.BindBlob(4, runs).Run(); !added.ok()) return added;
  auto& segment = statements_->add_segment;
  segment.Bind(1, segment_).Bind(2, packer_->span().first_ms).Bind(3, packer_->span().last_ms);
  if (auto added = segment.Bind(4, packer_->rows()).Run(); !added.ok()) return added;
  auto moved = database_.Execute(
      fmt::format("INSERT OR REPLACE INTO meta VALUES('folded_upto', {}), ('next_segment', {});"
                  "DELETE FROM hot_state; DELETE FROM hot_place",
                  gathered_upto_, segment_ + 1));
  if (!moved.ok()) return moved;
  if (auto committed = transaction->Commit(); !committed.ok()) return committed;
  folded_upto_ = gathered_upto_;
  ++segment_;
  OpenSegment();
  return absl::OkStatus();
}

}  // namespace relaywatch::collector
