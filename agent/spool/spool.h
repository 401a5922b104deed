// The queue between the probes and the uplink: keeps every result until the collector says that it
// is durable. One spool is one epoch: sequence numbers run from 1 without a hole, and a result that
// had to be given up leaves a gap that is told, never a silent hole.
//
//   Append ─▶ [first_seq … last_seq] ─▶ Read ─▶ … ─▶ Release(durable_seq)
//
// Two implementations: MemorySpool (bounded, lost with the process), and one on disk.
// Confined to the agent's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::agent {

// A result as it waits: self-contained, references resolved; the uplink interns path and outcome
// anew on every stream. Thousands of results share a few paths and outcomes; neither is null.
struct SpooledResult {
  std::shared_ptr<const v1::Path> path;        // ref unset
  std::shared_ptr<const std::string> outcome;  // serialised normalised Facts
  v1::Result result;                           // path and outcome unset
};

// What one read yields: the sequence numbers from first_seq on, each either in a gap or a result.
struct SpoolChunk {
  std::uint64_t first_seq = 0;  // 0: nothing to read
  std::uint64_t last_seq = 0;
  std::vector<v1::Gap> gaps;
  std::vector<const SpooledResult*> results;  // valid until the next call on the spool
};

struct SpoolStats {
  std::uint64_t queued = 0;    // results held
  std::uint64_t capacity = 0;  // results
  std::int64_t oldest_wall_ms = 0;
  std::map<v1::GapReason, std::uint64_t> drops;  // results given up since the start
};

class Spool {
 public:
  virtual ~Spool() = default;

  virtual std::uint64_t Epoch() const = 0;
  virtual std::uint64_t FirstSeq() const = 0;  // the oldest not released, gaps included; 0: none
  virtual std::uint64_t LastSeq() const = 0;   // the newest given out; 0: none

  // Gives the result the next number. Over the bound the oldest results become a gap. Fails only
  // where nothing could be kept at all; the result is then counted as dropped.
  virtual absl::Status Append(SpooledResult result) = 0;

  // From `from_seq` on (or the oldest held, if that is later), at most max_results and about
  // max_bytes of payload.
  virtual SpoolChunk Read(std::uint64_t from_seq, std::size_t max_results,
                          std::size_t max_bytes) const = 0;

  // Everything up to durable_seq is safe at the collector and is forgotten here.
  virtual void Release(std::uint64_t durable_seq) = 0;

  virtual SpoolStats Stats() const = 0;
};

}  // namespace relaywatch::agent
