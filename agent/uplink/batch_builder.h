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

// Live or backlog: how long ago the probe ended, by the boot clock, which no one sets.
v1::Lane LaneOf(const v1::Result& result, std::int64_t boot_ms_now);

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
  std::unordered_map<std::string, std::uint32_t> paths_;  // by serialised Path
  // By content; the text is the one the spool shares out.
  struct Hash {
    std::size_t operator()(const std::shared_ptr<const std::string>& text) const {
      return std::hash<std::string>()(*text);
    }
  };
  struct Equal {
    bool operator()(const std::shared_ptr<const std::string>& a,
                    const std::shared_ptr<const std::string>& b) const {
      return *a == *b;
    }
  };
  std::unordered_map<std::shared_ptr<const std::string>, std::uint32_t, Hash, Equal> outcomes_;
};

struct BuiltBatch {
  v1::Batch batch;             // epoch and boot_id are the caller's to set
  std::uint64_t last_seq = 0;  // 0: nothing to send
};

// The next batch from `from_seq` on, of at most max_results results. Numbers from from_seq on that
// the spool no longer knows become a gap of their own.
BuiltBatch BuildBatch(const Spool& spool, std::uint64_t from_seq, std::size_t max_results,
                      std::int64_t boot_ms_now, Dictionary& dictionary);

}  // namespace relaywatch::agent
