// Folded results (chunk.h): their tables, and the views in which they and the hot ones are one.
// Thread-safe.
//
//   word      12-bit words: their three digits, their value, and what they are as a timing
//   segment   one fold of the hot table: what is in it. A segment without its row is not there
//   chunk     its results. id: segment, series and part, see ChunkId
//   state     for each segment the runs of equal outcomes of its series (runs.h)
//   hot_state the same for pieces of the hot table that are not folded yet, up to a row
//   hot_place which of their rows are of which series (hot_index.h)
//   meta      folded_upto: hot rows up to it are in segments, however many still lie there;
//             next_segment: greater than any that ever had a row
#pragma once

#include <string>

namespace relaywatch::collector {

std::string HistoryTablesSql();
// View `results`.
std::string HistoryViewsSql();

}  // namespace relaywatch::collector
