#include "collector/store/chunk_row.h"

namespace relaywatch::collector {
namespace {

constexpr int kFirstWordColumn = 8;  // behind id, epoch, count, two lines and the outcome

}  // namespace

ResultRow ResultOf(const sqlite::Statement& row) {
  ResultRow result;
  result.epoch = row.Integer(1);
  result.seq = static_cast<std::uint64_t>(row.Integer(2));
  result.series = row.Integer(3);
  result.time_ms = row.Integer(4);
  result.outcome = row.Integer(5);
  result.flags = static_cast<std::uint32_t>(row.Integer(6));
  for (std::size_t i = 0; i < kStageCount; ++i) {
    result.stage_us[i] = static_cast<std::uint32_t>(row.Integer(static_cast<int>(7 + i)));
  }
  return result;
}

Chunk ChunkOf(const sqlite::Statement& row) {
  Chunk chunk;
  chunk.series = SeriesOfChunk(row.Integer(0));
  chunk.epoch = row.Integer(1);
  chunk.count = row.Integer(2);
  chunk.time = {row.Integer(3), row.Integer(4)};
  chunk.seq = {row.Integer(5), row.Integer(6)};
  chunk.outcome = row.Integer(7);
  for (std::size_t i = 0; i < kWordColumns; ++i) {
    chunk.words[i] = row.Blob(kFirstWordColumn + static_cast<int>(i));
  }
  return chunk;
}

std::string InsertChunkSql() {
  std::string sql = "INSERT INTO chunk VALUES(?";
  for (std::size_t i = 1; i < kFirstWordColumn + kWordColumns; ++i) sql += ", ?";
  return sql + ")";
}

void BindChunk(std::int64_t id, const Chunk& chunk, sqlite::Statement& insert) {
  insert.Bind(1, id).Bind(2, chunk.epoch).Bind(3, chunk.count);
  insert.Bind(4, chunk.time.base).Bind(5, chunk.time.step);
  insert.Bind(6, chunk.seq.base).Bind(7, chunk.seq.step).Bind(8, chunk.outcome);
  for (std::size_t i = 0; i < kWordColumns; ++i) {
    const int parameter = 1 + kFirstWordColumn + static_cast<int>(i);
    if (chunk.words[i].empty()) {
      insert.BindNull(parameter);
    } else {
      insert.BindBlob(parameter, chunk.words[i]);
    }
  }
}

}  // namespace relaywatch::collector
