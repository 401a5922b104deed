// The collector's memory. One transaction holds the results, the high-water mark that says so, and
// every name they refer to; when Commit has returned OK, all of it survives power loss.
//
// Confined to the writer's thread (and, before that starts, to the one that starts it).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/store/rows.h"

namespace relaywatch::collector {

// The highest identifier of each kind; 0: none yet.
struct LastIds {
  std::int64_t agent = 0;
  std::int64_t epoch = 0;
  std::int64_t series = 0;
  std::int64_t profile = 0;
  std::int64_t outcome = 0;
  std::int64_t rule = 0;
  std::int64_t change = 0;
};

struct LatestState {
  SeriesRow series;
  std::int64_t time_ms = 0;
  std::int64_t outcome = 0;
};

// When a kind of change was last confirmed somewhere, by when it began.
struct LastChange {
  std::string location;
  std::string endpoint;
  std::uint32_t port = 0;
  detect::KindMask kinds = 0;
  std::int64_t since_ms = 0;
};

// Where change detection stopped.
struct PolicyState {
  std::vector<RuleRow> rules;      // in force
  std::vector<ChangeRow> changes;  // open; without their evidence
  std::vector<LastChange> last_changes;
};

struct StoreStats {
  std::int64_t results = 0;
  std::int64_t bytes = 0;      // of the database file, without its log
  std::int64_t wal_bytes = 0;  // of the log that is not yet folded into it
  std::int64_t damaged = 0;    // files that were set aside and still lie there, at the start
};

class Store {
 public:
  virtual ~Store() = default;

  // All or nothing; after a failure the same set may be tried again. ResourceExhausted: disk full;
  // DataLoss: the file is damaged; Unavailable: an I/O error that may pass.
  virtual absl::Status Commit(const CommitSet& set) = 0;

  virtual absl::StatusOr<LastIds> ReadLastIds() = 0;
  virtual absl::StatusOr<std::vector<AgentRow>> ReadAgents() = 0;
  virtual absl::StatusOr<std::vector<ProfileRow>> ReadProfiles() = 0;
  // The newest live result of every series, from rows alone: complete after a crash too.
  virtual absl::StatusOr<std::vector<LatestState>> ReadLatest() = 0;
  virtual absl::StatusOr<PolicyState> ReadPolicy() = 0;
  // Empty where the key was never written.
  virtual absl::StatusOr<std::string> ReadMeta(std::string_view key) = 0;

  virtual absl::StatusOr<std::optional<EpochRow>> FindEpoch(std::int64_t agent,
                                                            std::uint64_t epoch) = 0;
  virtual absl::StatusOr<std::optional<std::int64_t>> FindSeries(const SeriesKey& key) = 0;
  virtual absl::StatusOr<std::optional<std::int64_t>> FindOutcome(std::string_view digest) = 0;
  // The serialised facts of an outcome; NotFound for an id that nobody has.
  virtual absl::StatusOr<std::string> ReadFacts(std::int64_t outcome) = 0;

  using OutcomeVisitor = std::function<void(std::int64_t id, std::string_view facts)>;
  // Those with an id above `after`, in the order of ids, at most `limit`.
  virtual absl::Status ForEachOutcome(std::int64_t after, std::int64_t limit,
                                      const OutcomeVisitor& visit) = 0;
  // Of the outcomes from `first` to `last`, in the order of (outcome, profile).
  virtual absl::StatusOr<std::vector<JudgementRow>> ReadJudgements(std::int64_t first,
                                                                   std::int64_t last) = 0;

  // One bounded step, well below 50 ms, of what keeps the store fast and small: to be called
  // between commits, with the time of day. True where more can be done at once. Reads see the same
  // before and after. A step that failed may be tried again, and later steps too.
  virtual absl::StatusOr<bool> Maintain(std::int64_t now_ms) = 0;

  virtual StoreStats Stats() const = 0;
};

}  // namespace relaywatch::collector
