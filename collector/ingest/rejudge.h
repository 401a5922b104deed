// Judges what is stored again: a few thousand outcomes, however many results hang on them. What the
// store says otherwise is replaced, and kept as what held until now. In pieces, so that whoever
// writes meanwhile need not wait for all of it. Confined to the writer's thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/ingest/profiles.h"
#include "collector/store/store.h"

namespace relaywatch::collector {

struct RejudgeReport {
  std::int64_t outcomes = 0;  // looked at
  std::int64_t added = 0;     // judgements that were missing
  // Outcomes by profile, what they were judged before, and what now.
  std::map<std::tuple<std::string, v1::Verdict, v1::Verdict>, std::int64_t> changes;
};

class Rejudge {
 public:
  explicit Rejudge(std::int64_t now_ms) : now_ms_(now_ms) {}

  // Judges the next outcomes, `limit` at most, by `profiles`, and adds to `set` what is not in the
  // store so. False: there are no more. An outcome whose facts are damaged is left as it is.
  absl::StatusOr<bool> Next(std::span<const StoredProfile> profiles, std::int64_t limit,
                            Store& store, CommitSet& set);

  const RejudgeReport& report() const { return report_; }

 private:
  void Compare(const StoredProfile& stored, const JudgementRow& now, const JudgementRow* before,
               CommitSet& set);

  const std::int64_t now_ms_;
  std::int64_t last_ = 0;  // the last outcome that was looked at
  RejudgeReport report_;
};

}  // namespace relaywatch::collector
