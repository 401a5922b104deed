// Batches: the path of every result from the wire into the group.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "collector/ingest/session.h"
#include "collector/ingest/validate.h"
#include "common/result_stamp.h"

namespace relaywatch::collector {
namespace {

SeriesKey KeyOf(const v1::Path& path) {
  return {.location = path.location(),
          .endpoint = path.endpoint(),
          .host = path.host(),
          .protocol = path.protocol(),
          .security = path.security(),
          .port = path.port(),
          .address = path.address()};
}

LaneCounts& CountsOf(Group& group, v1::Lane lane) {
  return lane == v1::LANE_LIVE ? group.live : group.backlog;
}

// Of the result with the batch's last number; 0 where that is in a gap.
std::uint64_t StampOf(const v1::Batch& batch, std::uint64_t last) {
  const bool in_gap = !batch.gaps().empty() && batch.gaps().rbegin()->last_seq() == last;
  if (in_gap || batch.results().empty()) return 0;
  return ResultStamp(*batch.results().rbegin());
}

}  // namespace

absl::Status Session::Store(const v1::Batch& batch, Group& group) {
  if (auto rejection = ValidateFrame(batch)) return Reject(rejection->reason, rejection->message);
  // The dictionary is learned in any case: it is sent once a stream, and this batch may be one that
  // has to come again.
  if (auto learned = Learn(batch, group); !learned.ok()) return learned;
  if (auto resolved = Resolve(batch); !resolved.ok()) return resolved;
  const auto progress = Progress(batch.epoch());
  if (!progress.ok()) return progress.status();
  EpochProgress& epoch = **progress;
  const std::uint64_t last = LastSeq(batch);
  const Placement placement = Place(epoch.row.high_water_mark, batch.first_seq(), last);
  switch (placement.action) {
    case SequenceAction::kDuplicate:
      CountsOf(group, batch.lane()).duplicates += static_cast<std::uint64_t>(batch.results_size());
      Acknowledge(epoch, group);
      break;
    case SequenceAction::kRewind:
      ++CountsOf(group, batch.lane()).rewinds;
      AskAgain(epoch, batch.first_seq(), group);
      break;
    case SequenceAction::kAppend:
      rewound_.erase(batch.epoch());
      Append(batch, epoch, placement.from, group);
      Advance(epoch, last, StampOf(batch, last), group);
      Acknowledge(epoch, group);
      break;
  }
  return absl::OkStatus();
}

absl::Status Session::Learn(const v1::Batch& batch, Group& group) {
  for (const v1::Path& path : batch.paths()) {
    if (auto rejection = Validate(path)) return Reject(rejection->reason, rejection->message);
    auto row = std::make_shared<SeriesRow>(SeriesRow{0, KeyOf(path)});
    const auto id = context_.dictionary.Series(row->key, group.set);
    if (!id.ok()) return id.status();
    row->id = *id;
    auto state = std::make_shared<PathState>();
    state->live = context_.live.Find(row->key);
    state->watched = context_.watch.Key(row->key);
    state->series = std::move(row);
    paths_[path.ref()] = std::move(state);  // said again: the newer meaning counts
  }
  for (const v1::Outcome& outcome : batch.outcomes()) {
    if (auto rejection = Validate(outcome)) return Reject(rejection->reason, rejection->message);
    auto judged =
        context_.dictionary.Outcome(outcome.facts(), context_.clock.Now().wall_ms, group.set);
    if (!judged.ok()) return judged.status();
    outcomes_[outcome.ref()] = *std::move(judged);
  }
  if (paths_.size() > kMaxPathsOfStream || outcomes_.size() > kMaxOutcomesOfStream) {
    return Reject(rejection::kDictionary,
                  fmt::format("more than {} paths or {} outcomes in one stream: connect anew",
                              kMaxPathsOfStream, kMaxOutcomesOfStream));
  }
  return absl::OkStatus();
}

// All references and numbers are looked at before anything is added: a batch counts as a whole.
absl::Status Session::Resolve(const v1::Batch& batch) {
  resolved_.clear();
  resolved_.reserve(static_cast<std::size_t>(batch.results_size()));
  for (const v1::Result& result : batch.results()) {
    const auto path = paths_.find(result.path());
    if (path == paths_.end()) {
      return Reject(rejection::kReference, fmt::format("path {} was never sent", result.path()));
    }
    const auto outcome = outcomes_.find(result.outcome());
    if (outcome == outcomes_.end()) {
      return Reject(rejection::kReference,
                    fmt::format("outcome {} was never sent", result.outcome()));
    }
    if (!IsSaneResult(result)) {
      const Rejection rejection = DescribeResult(result);
      return Reject(rejection.reason, rejection.message);
    }
    resolved_.push_back({&path->second, &outcome->second});
  }
  return absl::OkStatus();
}

// No probe begins in the future: an agent whose clock was fast before it was restarted, or that
// says so, must not make its answers outlive those of others, nor a stretch of history outlive its
// time.
void Session::Append(const v1::Batch& batch, EpochProgress& epoch, std::uint64_t from,
                     Group& group) {
  if (epoch.row.id == 0) epoch.row.id = context_.dictionary.NextEpoch();
  const Instant now = context_.clock.Now();
  const std::int64_t begin_of_boot_ms = now.wall_ms - now.boot_ms + boot_lead_ms_;
  const bool live = batch.lane() == v1::LANE_LIVE;
  const bool same_boot = batch.boot_id() != 0 && batch.boot_id() == boot_id_;
  LaneCounts& counts = CountsOf(group, batch.lane());
  auto gap = batch.gaps().begin();
  std::uint64_t seq = batch.first_seq();
  for (int i = 0; i < batch.results_size(); ++i, ++seq) {
    for (; gap != batch.gaps().end() && gap->first_seq() == seq; ++gap) {
      AddGap(*gap, from, epoch, group);
      seq = gap->last_seq() + 1;
    }
    if (seq < from) {
      ++counts.duplicates;
      continue;
    }
    const v1::Result& result = batch.results(i);
    const Resolved& resolved = resolved_[static_cast<std::size_t>(i)];
    ResultRow& row = group.set.results.emplace_back();
    row.epoch = epoch.row.id;
    row.seq = seq;
    row.series = (*resolved.path)->series->id;
    row.time_ms = std::clamp<std::int64_t>(
        same_boot ? begin_of_boot_ms + result.boot_ms() : result.wall_ms(), 0, now.wall_ms);
    row.outcome = (*resolved.outcome)->id;
    row.flags = (result.moved() ? kMoved : 0) | (result.captive_portal() ? kPortal : 0) |
                (live ? 0 : kBacklog);
    std::copy(result.stage_us().begin(), result.stage_us().end(), row.stage_us.begin());
    ++counts.results;
    if (row.flags == 0) TallyLive(resolved, row, group);
    Watch(resolved, row, now.wall_ms, group);
  }
  for (; gap != batch.gaps().end(); ++gap) AddGap(*gap, from, epoch, group);
}

void Session::TallyLive(const Resolved& resolved, const ResultRow& row, Group& group) {
  PathState& path = **resolved.path;
  if (path.live == nullptr) return;
  if (!path.touched) {
    path.touched = true;
    group.touched_paths.push_back(*resolved.path);
  }
  context_.live.Add(*path.live, row.stage_us);
  if (path.outcome != *resolved.outcome) {
    if (path.run != 0) context_.live.Count(*path.live, path.outcome, path.run);
    path.run = 0;
    path.outcome = *resolved.outcome;
  }
  ++path.run;
  path.time_ms = row.time_ms;
}

void Session::Watch(const Resolved& resolved, const ResultRow& row, std::int64_t now_ms,
                    Group& group) {
  const PathState& path = **resolved.path;
  if (!path.watched) return;
  context_.watch.Observe({.key = *path.watched,
                          .agent = static_cast<std::uint32_t>(page_.row.id),
                          .time_ms = row.time_ms,
                          .received_ms = now_ms,
                          .outcome = row.outcome,
                          .flags = row.flags,
                          .answer = &(*resolved.outcome)->answer},
                         group.set);
}

void Session::AddGap(const v1::Gap& gap, std::uint64_t from, EpochProgress& epoch, Group& group) {
  if (gap.last_seq() < from) return;
  if (epoch.row.id == 0) epoch.row.id = context_.dictionary.NextEpoch();
  const std::uint64_t first = std::max(gap.first_seq(), from);
  group.set.gaps.push_back(
      {epoch.row.id, first, gap.last_seq(), gap.reason(), context_.clock.Now().wall_ms});
  spdlog::warn("ingest: agent {} epoch {:016x}: results {}-{} are lost", link_->agent(),
               epoch.row.epoch, first, gap.last_seq());
}

void Session::Advance(EpochProgress& epoch, std::uint64_t last, std::uint64_t stamp, Group& group) {
  epoch.row.high_water_mark = last;
  epoch.row.stamp = stamp;
  if (!std::exchange(epoch.dirty, true)) group.dirty_epochs.push_back(&epoch);
}

// One Ack an epoch and group, however many batches it covers.
void Session::Acknowledge(const EpochProgress& epoch, Group& group) {
  for (v1::CollectorMessage& message : unsaid_) {
    if (message.has_ack() && message.ack().epoch() == epoch.row.epoch) {
      message.mutable_ack()->set_durable_seq(epoch.row.high_water_mark);
      return;
    }
  }
  v1::CollectorMessage message;
  message.mutable_ack()->set_epoch(epoch.row.epoch);
  message.mutable_ack()->set_durable_seq(epoch.row.high_water_mark);
  Say(std::move(message), group);
}

// Batches that were under way behind the hole would each ask for the same again, and each answer
// would make the agent go back once more: one Rewind is enough until the number asked for has come.
void Session::AskAgain(const EpochProgress& epoch, std::uint64_t first, Group& group) {
  const std::uint64_t expected = epoch.row.high_water_mark + 1;
  if (std::exchange(rewound_[epoch.row.epoch], expected) == expected) return;
  spdlog::warn("ingest: agent {} epoch {:016x}: expected result {}, got {}", link_->agent(),
               epoch.row.epoch, expected, first);
  v1::CollectorMessage message;
  message.mutable_rewind()->set_epoch(epoch.row.epoch);
  message.mutable_rewind()->set_expected(expected);
  Say(std::move(message), group);
}

}  // namespace relaywatch::collector
