#include "collector/query/matrix_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "collector/fleet/plan_lookup.h"
#include "collector/query/page.h"
#include "collector/query/selection.h"
#include "collector/query/times.h"
#include "common/clock.h"
#include "common/judge/advice.h"

namespace relaywatch::collector {
namespace {

using CellKey = std::tuple<std::string, std::string, std::uint32_t>;

CellKey KeyOf(const SeriesKey& key) { return {key.location, key.endpoint, key.port}; }

void SayWhatIs(const MatrixEntry& entry, const StoredProfile& profile, std::size_t position,
               v1::MatrixCell& cell) {
  const judge::Judgement& judgement = entry.outcome->judgements[position];
  cell.set_verdict(judgement.verdict);
  cell.set_stage(judgement.stage);
  SetMs(*cell.mutable_measured_at(), entry.time_ms);
  SetMs(*cell.mutable_since(), entry.since_ms);
  cell.set_since_or_before(entry.since_or_before);
  cell.set_summary(judge::Explain(entry.outcome->facts, profile.profile, judgement).summary);
}

v1::MatrixCell CellOf(const MatrixEntry& entry, std::size_t position, const Judging& judging) {
  const SeriesKey& key = entry.series->key;
  const StoredProfile& profile = judging.profiles->all()[position];
  v1::MatrixCell cell;
  cell.set_location(key.location);
  cell.set_endpoint(key.endpoint);
  cell.set_host(key.host);
  cell.set_protocol(key.protocol);
  cell.set_port(key.port);
  cell.set_profile(profile.profile.name);
  if (entry.outcome != nullptr) {
    SayWhatIs(entry, profile, position, cell);
  } else {
    cell.set_summary("Nobody probed this in the hour before that moment.");
  }
  return cell;
}

// `entries` in the order of their keys.
absl::StatusOr<v1::MatrixResponse> PageOf(const std::vector<MatrixEntry>& entries,
                                          const v1::MatrixRequest& request,
                                          const Selection& selection, const Inquiry& inquiry) {
  auto paging = Paging::Parse(request.page());
  if (!paging.ok()) return paging.status();
  v1::MatrixResponse response;
  for (const MatrixEntry& entry : entries) {
    const SeriesKey& series = entry.series->key;
    for (const std::size_t position : selection.ProfilesOf(*entry.series, inquiry.judging)) {
      const std::string& profile = inquiry.judging.profiles->all()[position].profile.name;
      const ItemKey key{series.location, series.endpoint, series.port, profile};
      if (paging->IsTold(key)) continue;
      v1::MatrixCell cell = CellOf(entry, position, inquiry.judging);
      if (!paging->Take(key, cell.ByteSizeLong())) {
        response.set_next_page_token(paging->NextToken());
        return response;
      }
      *response.add_cells() = std::move(cell);
    }
  }
  return response;
}

absl::Status RefuseWhatIsNotHere(const v1::Filter& filter) {
  if (filter.agents().empty() && !filter.has_since() && !filter.has_until()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "the matrix is of all agents at one moment: agent, since and until do not apply (at does)");
}

// A run that begins within two probe intervals of the edge of what was looked at may well have
// begun before.
std::int64_t ReachOf(const SeriesKey& key, const Judging& judging) {
  constexpr std::int64_t kLeastMs = 120'000;
  const v1::Endpoint* endpoint = FindEndpoint(judging.plan.get(), key.endpoint);
  const std::int64_t interval_ms = endpoint == nullptr ? 0 : endpoint->interval().seconds() * 1000;
  return std::max(2 * interval_ms, kLeastMs);
}

// The newest state of each cell; the earliest beginning among the series (addresses) that show the
// same.
absl::StatusOr<std::map<CellKey, MatrixEntry>> EntriesAt(std::int64_t at_ms,
                                                         const Inquiry& inquiry) {
  auto states = inquiry.desk.reader->StatesAt(at_ms, kLookBack);
  if (!states.ok()) return states.status();
  const std::int64_t edge_ms = at_ms - std::chrono::milliseconds(kLookBack).count();
  std::map<CellKey, MatrixEntry> entries;
  for (const StateAt& state : *states) {
    const SeriesRow* series = inquiry.desk.directory.FindSeries(state.series);
    if (series == nullptr) continue;
    const auto outcome = inquiry.Outcome(state.outcome);
    if (!outcome.ok()) return outcome.status();
    const bool is_open = state.since_ms < edge_ms + ReachOf(series->key, inquiry.judging);
    MatrixEntry found{std::shared_ptr<const SeriesRow>(std::shared_ptr<void>(), series),
                      state.last_ms, *outcome, state.since_ms, is_open};
    MatrixEntry& entry = entries[KeyOf(series->key)];
    const bool is_same = entry.outcome != nullptr && entry.outcome->id == state.outcome;
    const std::int64_t since_ms =
        std::min(is_same ? entry.since_ms : state.since_ms, state.since_ms);
    const bool or_before = is_open || (is_same && entry.since_or_before);
    if (entry.outcome == nullptr || found.time_ms >= entry.time_ms) entry = std::move(found);
    if (entry.outcome->id == state.outcome) {
      entry.since_ms = since_ms;
      entry.since_or_before = or_before;
    }
  }
  return entries;
}

}  // namespace

absl::StatusOr<v1::MatrixResponse> AnswerMatrixAt(const v1::MatrixRequest& request,
                                                  const Inquiry& inquiry) {
  if (auto whole = RefuseWhatIsNotHere(request.filter()); !whole.ok()) return whole;
  const auto selection = Select(request.filter(), inquiry);
  if (!selection.ok()) return selection.status();
  const std::int64_t at_ms = MsOf(request.at());
  if (at_ms > inquiry.now_ms + std::chrono::milliseconds(kLookBack).count()) {
    return absl::InvalidArgumentError(fmt::format("at: {} has not come yet", FormatRfc3339(at_ms)));
  }
  auto known = EntriesAt(at_ms, inquiry);
  if (!known.ok()) return known.status();
  std::map<CellKey, MatrixEntry> entries;
  for (const SeriesRow* series : selection->series) {
    const CellKey key = KeyOf(series->key);
    if (const auto found = known->find(key); found != known->end()) {
      entries[key] = std::move(found->second);
      known->erase(found);
    }
    MatrixEntry& entry = entries[key];
    if (entry.series == nullptr) {
      entry.series = std::shared_ptr<const SeriesRow>(std::shared_ptr<void>(), series);
    }
  }
  std::vector<MatrixEntry> ordered;
  ordered.reserve(entries.size());
  for (auto& [key, entry] : entries) ordered.push_back(std::move(entry));
  return PageOf(ordered, request, *selection, inquiry);
}

absl::StatusOr<v1::MatrixResponse> AnswerMatrixNow(const v1::MatrixRequest& request,
                                                   const std::vector<MatrixEntry>& entries,
                                                   const Inquiry& inquiry) {
  if (auto whole = RefuseWhatIsNotHere(request.filter()); !whole.ok()) return whole;
  const auto selection = Select(request.filter(), inquiry);
  if (!selection.ok()) return selection.status();
  const v1::Filter& filter = request.filter();
  const auto passes = [](const auto& wanted, const auto& value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  };
  std::vector<MatrixEntry> wanted;
  for (const MatrixEntry& entry : entries) {
    const SeriesKey& key = entry.series->key;
    if (!passes(filter.locations(), key.location) || !passes(filter.endpoints(), key.endpoint) ||
        !passes(filter.ports(), key.port)) {
      continue;
    }
    wanted.push_back(entry);
    if (entry.outcome->profiles == inquiry.judging.profiles) continue;
    // Not measured since the profiles changed.
    wanted.back().outcome =
        OutcomeBook::Judge(entry.outcome->id, entry.outcome->facts, inquiry.judging.profiles);
  }
  return PageOf(wanted, request, *selection, inquiry);
}

}  // namespace relaywatch::collector
