// The queue between the probes and the uplink: keeps every result until the collector says that it
// is durable. A result that had to be given up leaves a gap that is told, never a silent hole.
//
//   Append ─▶ epochs [first_seq … last_seq] ─▶ Read ─▶ … ─▶ Release(epoch, durable_seq)
//
// An epoch is a random name under which results are numbered from 1 without a hole. Only the
// process that began an epoch ever appends to it, so (epoch, seq) names one result for ever,
// whatever becomes of copies of the disk: what a restored snapshot or a cloned disk sends again is
// recognised by its name, and what it adds has names of its own (docs/decisions/0004-lineage.md).
//
// Two implementations: MemorySpool (lost with the process) and SqliteSpool (on disk).
// Confined to the agent's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

// A result as it waits: self-contained, references resolved; the uplink interns path and outcome
// anew on every stream. Thousands of results share a few paths and outcomes; neither is null.
struct SpooledResult {
  std::shared_ptr<const v1::Path> path;        // ref unset
  std::shared_ptr<const std::string> outcome;  // serialised normalised Facts
  v1::Result result;                           // path and outcome unset
  std::uint64_t boot_id = 0;                   // of the boot whose clock result.boot_ms is
};

// What a result adds to a message at most: its own fields, and path and outcome when it is the
// first to refer to them.
std::size_t PayloadBytes(const SpooledResult& spooled);

struct SpoolEpoch {
  std::uint64_t epoch = 0;
  std::uint64_t first_seq = 0;  // the oldest not released, gaps included; 0: none
  std::uint64_t last_seq = 0;   // the newest given out; 0: none
  bool own = true;              // begun by this process; else nothing is ever added to it
};

// What one read yields: the sequence numbers from first_seq on, each either in a gap or a result.
struct SpoolChunk {
  std::uint64_t first_seq = 0;  // 0: nothing to read
  std::uint64_t last_seq = 0;
  std::vector<v1::Gap> gaps;
  std::vector<SpooledResult> results;
};

struct SpoolBounds {
  std::size_t max_results = 20'000;
  std::uint64_t max_bytes = 256ULL << 20;  // on disk
  std::chrono::milliseconds max_age{0};    // 0: none
  unsigned min_free_percent = 5;           // of the file system, and never less than 1 MiB
};

struct SpoolStats {
  std::uint64_t queued = 0;    // results held
  std::uint64_t capacity = 0;  // results
  std::int64_t oldest_wall_ms = 0;
  std::map<v1::GapReason, std::uint64_t> drops;  // results given up since the start
  std::uint64_t bytes = 0;                       // on disk
  std::string error;  // why results are kept in memory only; empty: all is well
};

class Spool {
 public:
  virtual ~Spool() = default;

  // In the order in which they began; the last one, the head, is the one that grows. Others go when
  // everything in them is released.
  virtual std::vector<SpoolEpoch> Epochs() const = 0;

  // Gives the result the next number of the head. Over a bound the oldest results become a gap.
  // `at_once`: it is news, and should not wait for others on its way to the disk.
  virtual void Append(SpooledResult result, bool at_once) = 0;

  // From `from_seq` on (or the oldest held, if that is later), at most max_results and about
  // max_bytes of payload. Unavailable: not now; try again later.
  virtual absl::StatusOr<SpoolChunk> Read(std::uint64_t epoch, std::uint64_t from_seq,
                                          std::size_t max_results, std::size_t max_bytes) = 0;

  // Everything up to durable_seq is safe at the collector and is forgotten here.
  virtual void Release(std::uint64_t epoch, std::uint64_t durable_seq) = 0;

  // What is appended from now on goes under a new name. A head without results stays.
  virtual void BeginEpoch() = 0;
  // What is not released of an epoch goes under a new name, numbered from 1; another holder uses
  // the old one for results of its own. Returns the new name.
  virtual std::uint64_t Rename(std::uint64_t epoch) = 0;

  virtual void SetBounds(const SpoolBounds& bounds) = 0;
  virtual SpoolStats Stats() const = 0;

  SpoolEpoch Head() const { return Epochs().back(); }
};

// From the system's random source; never 0.
std::uint64_t RandomEpoch();

}  // namespace relaywatch::agent
