// Results and chunks as rows of their tables. Thread-compatible.
#pragma once

#include <cstdint>
#include <string>

#include "collector/store/chunk.h"
#include "collector/store/rows.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

// A row of SELECT * FROM result.
ResultRow ResultOf(const sqlite::Statement& row);

// A row of SELECT * FROM chunk: views into it.
Chunk ChunkOf(const sqlite::Statement& row);

std::string InsertChunkSql();
// The chunk's bytes must stay until the statement has been run.
void BindChunk(std::int64_t id, const Chunk& chunk, sqlite::Statement& insert);

}  // namespace relaywatch::collector
