#include "collector/query/history_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "collector/query/page.h"
#include "collector/query/selection.h"
#include "collector/query/times.h"
#include "collector/store/bucket_sink.h"
#include "common/judge/judge.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kDefaultBuckets = 60;
constexpr std::int64_t kLeastStepMs = 1000;

constexpr std::int64_t kRoundSteps[] = {
    kMinuteMs,   5 * kMinuteMs, 10 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs, kHourMs,
    2 * kHourMs, 3 * kHourMs,   6 * kHourMs,    12 * kHourMs,   kDayMs,         2 * kDayMs,
    7 * kDayMs,  14 * kDayMs,   30 * kDayMs,    90 * kDayMs,    180 * kDayMs};

using Buckets = std::map<std::int64_t, Bucket>;  // by start

std::int64_t RoundUp(std::int64_t value, std::int64_t to) { return (value + to - 1) / to * to; }

struct Span {
  TimeRange range;
  std::int64_t step_ms = 0;
};

absl::StatusOr<Span> SpanOf(const v1::HistoryRequest& request, std::int64_t now_ms) {
  const std::int64_t until_ms =
      request.filter().has_until() ? MsOf(request.filter().until()) : now_ms + 1;
  auto range = RangeOf(request.filter(), {until_ms - kDayMs, until_ms});
  if (!range.ok()) return range.status();
  const std::int64_t length_ms = range->until_ms - range->since_ms;
  if (!request.has_step()) return Span{*range, DefaultStepMs(length_ms)};
  constexpr std::int64_t kMaxSeconds = 100 * 366 * 86'400LL;
  if (request.step().seconds() < 0 || request.step().seconds() > kMaxSeconds) {
    return absl::InvalidArgumentError("step must be within 1s and 100 years");
  }
  const std::int64_t step_ms = request.step().seconds() * 1000 + request.step().nanos() / 1'000'000;
  if (step_ms < kLeastStepMs) return absl::InvalidArgumentError("step must be at least 1s");
  if (length_ms / step_ms > kMaxBuckets) {
    return absl::InvalidArgumentError(
        fmt::format("a step of {} s makes {} buckets of that time; at most {} are told",
                    step_ms / 1000, length_ms / step_ms, kMaxBuckets));
  }
  return Span{*range, step_ms};
}

void SayStages(const Bucket& bucket, v1::HistoryBucket& told) {
  for (std::size_t i = 0; i < kStageCount; ++i) {
    const StageSketch& sketch = bucket.stages[i];
    if (sketch.empty()) continue;
    v1::StageLatency& stage = *told.add_stages();
    stage.set_stage(StageAt(i));
    stage.set_results(sketch.count());
    stage.set_p50_us(sketch.Quantile(0.5));
    stage.set_p90_us(sketch.Quantile(0.9));
    stage.set_p99_us(sketch.Quantile(0.99));
  }
}

absl::StatusOr<v1::HistoryBucket> Told(const Bucket& bucket, std::size_t position,
                                       const Inquiry& inquiry) {
  v1::HistoryBucket told;
  std::map<v1::Verdict, std::uint64_t> verdicts;
  for (const OutcomeCount& each : bucket.outcomes) {
    const auto outcome = inquiry.Outcome(each.outcome);
    if (!outcome.ok()) return outcome.status();
    const judge::Judgement& judgement = (*outcome)->judgements[position];
    verdicts[judgement.verdict] += each.count;
    told.set_results(told.results() + each.count);
    if (!judgement.auth_judged) continue;
    told.set_auth_judged(told.auth_judged() + each.count);
    if (judge::IsAuthMismatch(judgement.verdict)) {
      told.set_auth_mismatches(told.auth_mismatches() + each.count);
    }
  }
  std::vector<std::pair<v1::Verdict, std::uint64_t>> ordered(verdicts.begin(), verdicts.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [verdict, results] : ordered) {
    v1::VerdictCount& count = *told.add_verdicts();
    count.set_verdict(verdict);
    count.set_results(results);
  }
  SayStages(bucket, told);
  return told;
}

class Historian {
 public:
  Historian(const Span& span, const Selection& selection, const Inquiry& inquiry)
      : span_(span), selection_(selection), inquiry_(inquiry) {}

  absl::StatusOr<v1::HistoryResponse> Answer(Paging paging) {
    std::map<MatrixRowKey, std::vector<const SeriesRow*>> places;
    for (const SeriesRow* series : selection_.series) {
      places[RowKeyOf(series->key)].push_back(series);
    }
    for (const auto& [place, series] : places) {
      const auto more = AddRows(series, paging);
      if (!more.ok()) return more.status();
      if (*more) continue;
      response_.set_next_page_token(paging.NextToken());
      break;
    }
    response_.set_level(std::string(Label(level_)));
    const std::int64_t step_ms = StepMs();
    response_.mutable_step()->set_seconds(step_ms / 1000);
    response_.mutable_step()->set_nanos(static_cast<int>(step_ms % 1000) * 1'000'000);
    SetMs(*response_.mutable_since(), FloorTo(span_.range.since_ms, step_ms));
    SetMs(*response_.mutable_until(), RoundUp(span_.range.until_ms, step_ms));
    return std::move(response_);
  }

 private:
  // Levels have a narrowest bucket.
  std::int64_t StepMs() const { return RoundUp(span_.step_ms, WidthMs(level_)); }

  // False where the page is full.
  absl::StatusOr<bool> AddRows(const std::vector<const SeriesRow*>& series, Paging& paging) {
    const SeriesKey& key = series.back()->key;
    std::vector<std::pair<ItemKey, std::size_t>> wanted;
    for (const std::size_t position : selection_.ProfilesOf(*series.back(), inquiry_.judging)) {
      const std::string& profile = inquiry_.judging.profiles->all()[position].profile.name;
      ItemKey item{key.location, key.endpoint, key.port, profile};
      if (!paging.IsTold(item)) wanted.emplace_back(std::move(item), position);
    }
    if (wanted.empty()) return true;
    const auto buckets = Read(series);
    if (!buckets.ok()) return buckets.status();
    for (const auto& [item, position] : wanted) {
      auto row = RowOf(key, position, *buckets);
      if (!row.ok()) return row.status();
      if (!paging.Take(item, row->ByteSizeLong())) return false;
      *response_.add_rows() = *std::move(row);
    }
    return true;
  }

  absl::StatusOr<Buckets> Read(const std::vector<const SeriesRow*>& series) {
    Buckets buckets;
    const auto merge = [&](const Bucket& part) {
      Bucket& bucket = buckets[part.start_ms];
      bucket.Merge(part);
      return !inquiry_.is_unwanted;
    };
    std::vector<std::int64_t> ids;
    for (const SeriesRow* row : series) ids.push_back(row->id);
    const auto level =
        selection_.epochs ? ReadRaw(std::move(ids), merge)
                          : inquiry_.desk.reader->ScanBuckets({std::move(ids), span_.range.since_ms,
                                                               span_.range.until_ms, span_.step_ms},
                                                              merge);
    if (!level.ok()) return level.status();
    if (auto wanted = inquiry_.Wanted(); !wanted.ok()) return wanted;
    level_ = std::max(level_, *level);
    return buckets;
  }

  absl::StatusOr<Level> ReadRaw(std::vector<std::int64_t> ids, Reader::BucketVisitor visit) {
    BucketSink sink(span_.step_ms, visit);
    auto scanned = inquiry_.desk.reader->ScanResults(
        {std::move(ids), span_.range.since_ms, span_.range.until_ms}, [&](const ResultRow& row) {
          return !Votes(row) || !selection_.Takes(row) || sink.Add(row);
        });
    if (!scanned.ok()) return scanned;
    sink.Finish();
    return Level::kRaw;
  }

  absl::StatusOr<v1::HistoryRow> RowOf(const SeriesKey& key, std::size_t position,
                                       const Buckets& buckets) const {
    v1::HistoryRow row;
    row.set_location(key.location);
    row.set_endpoint(key.endpoint);
    row.set_host(key.host);
    row.set_protocol(key.protocol);
    row.set_port(key.port);
    row.set_profile(inquiry_.judging.profiles->all()[position].profile.name);
    const std::int64_t step_ms = StepMs();
    for (std::int64_t start = FloorTo(span_.range.since_ms, step_ms); start < span_.range.until_ms;
         start += step_ms) {
      v1::HistoryBucket& told = *row.add_buckets();
      if (const auto found = buckets.find(start); found != buckets.end()) {
        auto bucket = Told(found->second, position, inquiry_);
        if (!bucket.ok()) return bucket.status();
        told = *std::move(bucket);
      }
      SetMs(*told.mutable_start(), start);
    }
    return row;
  }

  const Span& span_;
  const Selection& selection_;
  const Inquiry& inquiry_;
  Level level_ = Level::kRaw;
  v1::HistoryResponse response_;
};

}  // namespace

std::int64_t DefaultStepMs(std::int64_t range_ms) {
  for (const std::int64_t step_ms : kRoundSteps) {
    if (range_ms / step_ms <= kDefaultBuckets) return step_ms;
  }
  return RoundUp(range_ms / kDefaultBuckets, kDayMs);
}

absl::StatusOr<v1::HistoryResponse> AnswerHistory(const v1::HistoryRequest& request,
                                                  const Inquiry& inquiry) {
  const auto selection = Select(request.filter(), inquiry);
  if (!selection.ok()) return selection.status();
  const auto span = SpanOf(request, inquiry.now_ms);
  if (!span.ok()) return span.status();
  auto paging = Paging::Parse(request.page());
  if (!paging.ok()) return paging.status();
  return Historian(*span, *selection, inquiry).Answer(*std::move(paging));
}

}  // namespace relaywatch::collector
