// Makes batches out of what a spool holds: interns paths and outcomes for one stream, keeps every
// batch within the message limit and in one lane, and tells every hole.
// Confined to the agent's thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "agent/spool/spool.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

inline constexpr std::size_t kMaxBatchResults = 200;
inline constexpr std::size_t kMaxBatchBytes = 128 * 1024;

// A result that waited longer than this for its batch is backlog: what was true half a minute ago
// is history, and must stay out of the collector's live counters.
inline constexpr std::int64_t kLiveWaitMs = 30'000;

// The boot clock, which no one sets.
struct BootTime {
  std::uint64_t boot_id = 0;
  std::int64_t ms = 0;
};

// Live or backlog: how long ago the probe ended. A result of an earlier boot is backlog.
v1::Lane LaneOf(const SpooledResult& spooled, BootTime now);

// References of one stream. They cannot be taken back while it lasts, so their number is bounded,
// on both sides; a stream whose dictionary is full is ended and another begun.
class Dictionary {
 public:
  static constexpr std::size_t kMaxEntries = 4'096;

  bool Full() const { return paths_.size() >= kMaxEntries || outcomes_.size() >= kMaxEntries; }

  // What this result adds to the batch if it goes in next.
  std::size_t DefinitionBytes(const SpooledResult& spooled) const;

  // Fills in the references, and defines in the batch those that are new.
  void Intern(const SpooledResult& spooled, v1::Result& result, v1::Batch& batch);

 private:
  // By content: texts would take more memory than the whole queue on disk.
  std::unordered_map<std::string, std::uint32_t> paths_;     // by serialised Path
  std::unordered_map<std::string, std::uint32_t> outcomes_;  // by SHA-256
};

struct BuiltBatch {
  v1::Batch batch;
  std::uint64_t last_seq = 0;  // 0: nothing to send
};

// The next batch of an epoch from `from_seq` on, of at most max_results results, of one lane and
// one boot. Numbers from from_seq on that the spool no longer knows become a gap of their own.
// Fails as Spool::Read.
absl::StatusOr<BuiltBatch> BuildBatch(Spool& spool, const SpoolEpoch& epoch, std::uint64_t from_seq,
                                      std::size_t max_results, BootTime now,
                                      Dictionary& dictionary);

}  // namespace relaywatch::agent
