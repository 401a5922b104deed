#include "collector/query/matrix_answer.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "collector/fleet/plan_lookup.h"
#include "collector/query/page.h"
#include "collector/query/selection.h"
#include "collector/query/times.h"
#include "common/judge/advice.h"

namespace relaywatch::collector {
namespace {

// Taken from the present at a time.
constexpr std::size_t kBatch = 1000;

void SayWhatIs(const MatrixEntry& entry, std::size_t position, v1::MatrixCell& cell) {
  const judge::Judgement& judgement = entry.outcome->judgements[position];
  cell.set_verdict(judgement.verdict);
  cell.set_stage(judgement.stage);
  SetMs(*cell.mutable_measured_at(), entry.time_ms);
  SetMs(*cell.mutable_since(), entry.since_ms);
  cell.set_since_or_before(entry.since_or_before);
}

v1::MatrixCell CellOf(const MatrixEntry& entry, std::size_t position, const std::string& summary,
                      const StoredProfile& profile) {
  const SeriesKey& key = entry.series->key;
  v1::MatrixCell cell;
  cell.set_location(key.location);
  cell.set_endpoint(key.endpoint);
  cell.set_host(key.host);
  cell.set_protocol(key.protocol);
  cell.set_port(key.port);
  cell.set_profile(profile.profile.name);
  cell.set_summary(summary);
  if (entry.outcome != nullptr) SayWhatIs(entry, position, cell);
  return cell;
}

// The cells of one page.
class CellPage {
 public:
  CellPage(Paging paging, const Selection& selection, const Inquiry& inquiry)
      : paging_(std::move(paging)), selection_(selection), inquiry_(inquiry) {}

  // Where to begin.
  MatrixRowKey from() const {
    const ItemKey* last = paging_.last();
    if (last == nullptr) return {};
    return {std::get<0>(*last), std::get<1>(*last), std::get<2>(*last)};
  }

  // In the order of their keys. False: the page is full.
  bool Add(const MatrixEntry& entry) {
    const SeriesKey& series = entry.series->key;
    for (const std::size_t position : selection_.ProfilesOf(*entry.series, inquiry_.judging)) {
      const StoredProfile& profile = inquiry_.judging.profiles->all()[position];
      const ItemKey key{series.location, series.endpoint, series.port, profile.profile.name};
      if (paging_.IsTold(key)) continue;
      v1::MatrixCell cell = CellOf(entry, position, SummaryOf(entry, position), profile);
      if (!paging_.Take(key, cell.ByteSizeLong())) {
        response_.set_next_page_token(paging_.NextToken());
        return false;
      }
      *response_.add_cells() = std::move(cell);
    }
    return true;
  }

  v1::MatrixResponse Take() { return std::move(response_); }

 private:
  const std::string& SummaryOf(const MatrixEntry& entry, std::size_t position) {
    std::string& summary = summaries_[{entry.outcome, position}];
    if (!summary.empty()) return summary;
    if (entry.outcome == nullptr)
      return summary = "Nobody probed this in the hour before that moment.";
    const StoredProfile& profile = inquiry_.judging.profiles->all()[position];
    return summary = judge::Explain(entry.outcome->facts, profile.profile,
                                    entry.outcome->judgements[position])
                         .summary;
  }

  Paging paging_;
  const Selection& selection_;
  const Inquiry& inquiry_;
  // Many rows show the same. By the outcome, which is kept for as long, and the profile.
  std::map<std::pair<std::shared_ptr<const JudgedOutcome>, std::size_t>, std::string> summaries_;
  v1::MatrixResponse response_;
};

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

// What a row showed last.
struct RowState {
  const SeriesRow* series = nullptr;  // null: not probed near that moment
  std::int64_t outcome = 0;
  std::int64_t last_ms = 0;
  std::int64_t since_ms = 0;  // the earliest beginning among the series that show the same
};

// By the numbers of the rows.
absl::StatusOr<std::vector<RowState>> RowsAt(std::int64_t at_ms, const Inquiry& inquiry) {
  const auto states = inquiry.desk.reader->StatesAt(at_ms, kLookBack);
  if (!states.ok()) return states.status();
  const Directory& directory = inquiry.desk.directory;
  std::vector<RowState> rows(directory.matrix_rows().size());
  const auto row_of = [&](const StateAt& state) -> RowState* {
    const SeriesRow* series = directory.FindSeries(state.series);
    return series == nullptr ? nullptr : &rows[directory.MatrixRowOf(*series)];
  };
  for (const StateAt& state : *states) {
    RowState* row = row_of(state);
    if (row == nullptr || (row->series != nullptr && state.last_ms < row->last_ms)) continue;
    *row = {directory.FindSeries(state.series), state.outcome, state.last_ms, state.since_ms};
  }
  for (const StateAt& state : *states) {
    RowState* row = row_of(state);
    if (row == nullptr || row->outcome != state.outcome) continue;
    row->since_ms = std::min(row->since_ms, state.since_ms);
  }
  return rows;
}

absl::StatusOr<MatrixEntry> EntryOf(const SeriesRow& series, const RowState& state,
                                    std::int64_t at_ms, const Inquiry& inquiry) {
  const auto borrowed = [](const SeriesRow& row) {
    return std::shared_ptr<const SeriesRow>(std::shared_ptr<void>(), &row);
  };
  if (state.series == nullptr) return MatrixEntry{.series = borrowed(series)};
  const auto outcome = inquiry.Outcome(state.outcome);
  if (!outcome.ok()) return outcome.status();
  const std::int64_t edge_ms = at_ms - std::chrono::milliseconds(kLookBack).count();
  const bool is_open = state.since_ms < edge_ms + ReachOf(state.series->key, inquiry.judging);
  return MatrixEntry{borrowed(*state.series), state.last_ms, *outcome, state.since_ms, is_open};
}

}  // namespace

absl::StatusOr<v1::MatrixResponse> AnswerMatrixAt(const v1::MatrixRequest& request,
                                                  const Inquiry& inquiry) {
  if (auto whole = RefuseWhatIsNotHere(request.filter()); !whole.ok()) return whole;
  const auto selection = Select(request.filter(), inquiry);
  if (!selection.ok()) return selection.status();
  auto paging = Paging::Parse(request.page());
  if (!paging.ok()) return paging.status();
  const std::int64_t at_ms = MsOf(request.at());
  if (auto come = RefuseFuture(at_ms, inquiry); !come.ok()) return come;
  const auto states = RowsAt(at_ms, inquiry);
  if (!states.ok()) return states.status();
  CellPage page(*std::move(paging), *selection, inquiry);
  const auto& rows = inquiry.desk.directory.matrix_rows();
  for (auto row = rows.lower_bound(page.from()); row != rows.end(); ++row) {
    const auto& [number, series] = row->second;
    if (!PassesFilter(request.filter(), series->key)) continue;
    const auto entry = EntryOf(*series, (*states)[number], at_ms, inquiry);
    if (!entry.ok()) return entry.status();
    if (!page.Add(*entry)) break;
  }
  return page.Take();
}

absl::StatusOr<v1::MatrixResponse> AnswerMatrixNow(const v1::MatrixRequest& request,
                                                   MatrixSource source, const Inquiry& inquiry) {
  if (auto whole = RefuseWhatIsNotHere(request.filter()); !whole.ok()) return whole;
  const auto selection = Select(request.filter(), inquiry);
  if (!selection.ok()) return selection.status();
  auto paging = Paging::Parse(request.page());
  if (!paging.ok()) return paging.status();
  CellPage page(*std::move(paging), *selection, inquiry);
  const auto passes = [&](const SeriesKey& key) { return PassesFilter(request.filter(), key); };
  MatrixRowKey from = page.from();
  while (true) {
    std::vector<MatrixEntry> entries = source(from, passes, kBatch);
    for (MatrixEntry& entry : entries) {
      // Not measured since the profiles changed.
      if (entry.outcome->profiles != inquiry.judging.profiles) {
        entry.outcome =
            OutcomeBook::Judge(entry.outcome->id, entry.outcome->facts, inquiry.judging.profiles);
      }
      if (!page.Add(entry)) return page.Take();
    }
    if (entries.size() < kBatch) return page.Take();
    from = RowKeyOf(entries.back().series->key);
    ++std::get<2>(from);
  }
}

}  // namespace relaywatch::collector
