#include "collector/query/export_walk.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "collector/query/page.h"

namespace relaywatch::collector {
namespace {

// Series that are asked for at once.
constexpr std::size_t kSeriesOfScan = 1000;
constexpr std::size_t kMaxBatchBytes = kMaxMessageBytes / 2;

v1::ExportRow RowOf(const ResultRow& result, const SeriesKey& key, const Directory::Epoch& epoch) {
  v1::ExportRow row;
  row.set_agent(*epoch.agent);
  row.set_epoch(epoch.epoch);
  row.set_seq(result.seq);
  row.set_time_ms(result.time_ms);
  row.set_location(key.location);
  row.set_endpoint(key.endpoint);
  row.set_host(key.host);
  row.set_port(key.port);
  row.set_protocol(key.protocol);
  row.set_security(key.security);
  row.set_address(key.address);
  row.set_outcome(result.outcome);
  row.set_moved((result.flags & kMoved) != 0);
  row.set_captive_portal((result.flags & kPortal) != 0);
  row.set_backlog((result.flags & kBacklog) != 0);
  for (const std::uint32_t us : result.stage_us) row.add_stage_us(us);
  return row;
}

}  // namespace

absl::StatusOr<std::vector<v1::ExportBatch>> ExportWalk::Next(const Inquiry& inquiry) {
  if (!range_) {
    // What comes later is not waited for.
    auto range = RangeOf(request_.filter(), {0, inquiry.now_ms + 1});
    if (!range.ok()) return range.status();
    range_ = *range;
  }
  const auto selection = Select(request_.filter(), inquiry);
  if (!selection.ok()) return selection.status();
  const auto rows = Collect(*selection, inquiry);
  if (!rows.ok()) return rows.status();
  return Tell(*rows, *selection, inquiry);
}

absl::StatusOr<std::vector<ResultRow>> ExportWalk::Collect(const Selection& selection,
                                                           const Inquiry& inquiry) {
  std::vector<ResultRow> rows;
  std::size_t looks = 0;
  bool is_full = false;
  const auto visit = [&](const ResultRow& row) {
    const Cursor here{row.series, row.time_ms, row.epoch, row.seq};
    if (here <= last_) return !inquiry.is_unwanted;
    last_ = here;
    if (selection.Takes(row)) rows.push_back(row);
    is_full = rows.size() >= step_.rows || ++looks >= step_.looks;
    return !is_full && !inquiry.is_unwanted;
  };
  const std::vector<std::int64_t> ids = selection.Ids();
  auto next = std::lower_bound(ids.begin(), ids.end(), last_.series);
  while (next != ids.end() && !is_full) {
    // The series that the last step ended in goes on behind its last row; the others are whole.
    const bool goes_on = *next == last_.series;
    const auto end =
        goes_on ? next + 1 : next + std::min<std::ptrdiff_t>(kSeriesOfScan, ids.end() - next);
    const ResultRange range{{next, end},
                            goes_on ? std::max(last_.time_ms, range_->since_ms) : range_->since_ms,
                            range_->until_ms};
    if (auto scanned = inquiry.desk.reader->ScanResults(range, visit); !scanned.ok()) {
      return scanned;
    }
    if (auto wanted = inquiry.Wanted(); !wanted.ok()) return wanted;
    if (!is_full) next = end;
  }
  is_done_ = !is_full;
  return rows;
}

absl::StatusOr<std::vector<v1::ExportBatch>> ExportWalk::Tell(const std::vector<ResultRow>& rows,
                                                              const Selection& selection,
                                                              const Inquiry& inquiry) {
  std::vector<v1::ExportBatch> batches;
  std::size_t bytes = 0;
  const auto begin_batch = [&] {
    batches.emplace_back();
    bytes = 0;
  };
  if (!std::exchange(is_begun_, true)) {
    begin_batch();
    for (const std::string& profile : request_.filter().profiles()) {
      batches.back().add_profiles(profile);
    }
  }
  for (const ResultRow& result : rows) {
    const SeriesRow* series = inquiry.desk.directory.FindSeries(result.series);
    const Directory::Epoch* epoch = inquiry.desk.directory.FindEpoch(result.epoch);
    if (series == nullptr || epoch == nullptr) {
      return absl::DataLossError("a result names a path or an agent that is not in the store");
    }
    const auto outcome = inquiry.Outcome(result.outcome);
    if (!outcome.ok()) return outcome.status();
    v1::ExportRow row = RowOf(result, series->key, *epoch);
    row.set_stage((*outcome)->facts.stage());
    for (const std::size_t position : selection.profiles) {
      row.add_verdicts((*outcome)->judgements[position].verdict);
    }
    if (batches.empty() || bytes >= kMaxBatchBytes) begin_batch();
    bytes += row.ByteSizeLong();
    *batches.back().add_rows() = std::move(row);
  }
  return batches;
}

}  // namespace relaywatch::collector
