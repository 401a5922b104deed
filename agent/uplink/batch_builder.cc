#include "agent/uplink/batch_builder.h"

#include <openssl/sha.h>

#include <algorithm>
#include <numeric>

namespace relaywatch::agent {
namespace {

constexpr std::size_t kTagBytes = 16;  // tags, lengths and references around one message
constexpr std::size_t kEnvelopeBytes = 1024;

// The collector had these numbers once and asks for them again, but they were let go on its word.
v1::Gap Forgotten(std::uint64_t first_seq, std::uint64_t last_seq) {
  v1::Gap gap;
  gap.set_first_seq(first_seq);
  gap.set_last_seq(last_seq);
  gap.set_reason(v1::GAP_REASON_DAMAGE);
  return gap;
}

std::string DigestOf(const std::string& bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

class Builder {
 public:
  Builder(std::uint64_t epoch, std::uint64_t from_seq, BootTime now, Dictionary& dictionary)
      : next_seq_(from_seq), now_(now), dictionary_(dictionary) {
    built_.batch.set_epoch(epoch);
    built_.batch.set_boot_id(now.boot_id);
    built_.batch.set_first_seq(from_seq);
    built_.batch.set_lane(v1::LANE_LIVE);
  }

  void AddGap(const v1::Gap& gap) {
    *built_.batch.add_gaps() = gap;
    next_seq_ = gap.last_seq() + 1;
    built_.last_seq = gap.last_seq();
  }

  // False where it does not belong into this batch any more.
  bool AddResult(const SpooledResult& spooled) {
    const v1::Lane lane = LaneOf(spooled, now_);
    const std::size_t definitions = dictionary_.DefinitionBytes(spooled);
    const std::size_t bytes = definitions + spooled.result.ByteSizeLong() + kTagBytes;
    if (built_.batch.results().empty()) {
      built_.batch.set_lane(lane);
      built_.batch.set_boot_id(spooled.boot_id);
    } else if (lane != built_.batch.lane() || spooled.boot_id != built_.batch.boot_id() ||
               bytes_ + bytes > kMaxBatchBytes - kEnvelopeBytes) {
      return false;
    }
    if (definitions > 0 && dictionary_.Full()) return false;
    bytes_ += bytes;
    v1::Result& result = *built_.batch.add_results();
    result = spooled.result;
    dictionary_.Intern(spooled, result, built_.batch);
    built_.last_seq = next_seq_++;
    return true;
  }

  std::uint64_t next_seq() const { return next_seq_; }
  BuiltBatch Take() { return std::move(built_); }

 private:
  BuiltBatch built_;
  std::uint64_t next_seq_;
  BootTime now_;
  Dictionary& dictionary_;
  std::size_t bytes_ = 0;
};

}  // namespace

v1::Lane LaneOf(const SpooledResult& spooled, BootTime now) {
  const auto& us = spooled.result.stage_us();
  const std::int64_t took_ms = std::accumulate(us.begin(), us.end(), std::int64_t{0}) / 1000;
  const bool waited =
      spooled.boot_id != now.boot_id || now.ms - (spooled.result.boot_ms() + took_ms) > kLiveWaitMs;
  return waited ? v1::LANE_BACKLOG : v1::LANE_LIVE;
}

std::size_t Dictionary::DefinitionBytes(const SpooledResult& spooled) const {
  std::size_t bytes = 0;
  const std::string path = spooled.path->SerializeAsString();
  if (!paths_.contains(path)) bytes += path.size() + kTagBytes;
  if (!outcomes_.contains(DigestOf(*spooled.outcome))) bytes += spooled.outcome->size() + kTagBytes;
  return bytes;
}

void Dictionary::Intern(const SpooledResult& spooled, v1::Result& result, v1::Batch& batch) {
  const auto next_path = static_cast<std::uint32_t>(paths_.size() + 1);
  const auto [path, new_path] = paths_.emplace(spooled.path->SerializeAsString(), next_path);
  if (new_path) {
    v1::Path& defined = *batch.add_paths();
    defined = *spooled.path;
    defined.set_ref(path->second);
  }
  const auto next_outcome = static_cast<std::uint32_t>(outcomes_.size() + 1);
  const auto [outcome, new_outcome] = outcomes_.emplace(DigestOf(*spooled.outcome), next_outcome);
  if (new_outcome) {
    v1::Outcome& defined = *batch.add_outcomes();
    defined.set_ref(outcome->second);
    defined.mutable_facts()->ParseFromString(*spooled.outcome);
  }
  result.set_path(path->second);
  result.set_outcome(outcome->second);
}

absl::StatusOr<BuiltBatch> BuildBatch(Spool& spool, const SpoolEpoch& epoch, std::uint64_t from_seq,
                                      std::size_t max_results, BootTime now,
                                      Dictionary& dictionary) {
  Builder builder(epoch.epoch, from_seq, now, dictionary);
  if (from_seq > epoch.last_seq) return builder.Take();
  const auto chunk = spool.Read(epoch.epoch, from_seq, std::min(max_results, kMaxBatchResults),
                                kMaxBatchBytes * 8);
  if (!chunk.ok()) return chunk.status();
  if (chunk->first_seq == 0) {
    builder.AddGap(Forgotten(from_seq, epoch.last_seq));
    return builder.Take();
  }
  if (chunk->first_seq > from_seq) builder.AddGap(Forgotten(from_seq, chunk->first_seq - 1));
  auto gap = chunk->gaps.begin();
  const auto add_gaps_here = [&] {
    for (; gap != chunk->gaps.end() && gap->first_seq() == builder.next_seq(); ++gap) {
      builder.AddGap(*gap);
    }
  };
  for (const SpooledResult& spooled : chunk->results) {
    add_gaps_here();
    if (!builder.AddResult(spooled)) return builder.Take();
  }
  add_gaps_here();
  return builder.Take();
}

}  // namespace relaywatch::agent
