// The writer judging all of history again, a step at a time.
#include <atomic>
#include <future>
#include <utility>

#include "collector/ingest/writer.h"

namespace relaywatch::collector {
namespace {

// In one step: some ten milliseconds with all profiles.
constexpr std::int64_t kOutcomes = 250;
constexpr std::chrono::minutes kTime{10};

}  // namespace

struct Writer::JudgingAgain {
  explicit JudgingAgain(std::int64_t now_ms) : judging(now_ms) {}
  Rejudge judging;
  std::promise<absl::StatusOr<RejudgeReport>> done;
  std::atomic<bool> abandoned{false};
};

absl::StatusOr<RejudgeReport> Writer::JudgeAgain() {
  const auto request = std::make_shared<JudgingAgain>(deps_.clock.Now().wall_ms);
  auto done = request->done.get_future();
  deps_.queue.Post([this, request] { JudgeMore(request); });
  if (done.wait_for(kTime) == std::future_status::ready) return done.get();
  request->abandoned = true;
  return absl::UnavailableError("the store does not answer");
}

// A reload between two steps has judged everything by the new profiles; the rest follows them.
void Writer::JudgeMore(const std::shared_ptr<JudgingAgain>& request) {
  if (request->abandoned) return;
  CommitSet set;
  const auto more =
      request->judging.Next(dictionary_->profiles()->all(), kOutcomes, deps_.store, set);
  absl::Status status = more.status();
  if (status.ok() && !set.empty()) status = deps_.store.Commit(set);
  if (!status.ok()) {
    request->done.set_value(status);
  } else if (!*more) {
    request->done.set_value(request->judging.report());
  } else {
    deps_.queue.Post([this, request] { JudgeMore(request); });
  }
}

}  // namespace relaywatch::collector
