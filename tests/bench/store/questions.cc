#include "tests/bench/store/questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "collector/ingest/profiles.h"
#include "collector/ingest/rejudge.h"
#include "collector/query/compare_answer.h"
#include "collector/query/explain_answer.h"
#include "collector/query/export_walk.h"
#include "collector/query/history_answer.h"
#include "collector/query/times.h"
#include "collector/serve/matrix.h"
#include "collector/store/sqlite_store.h"
#include "tests/bench/store/measure.h"

namespace relaywatch::bench {
namespace {

using collector::Desk;
using collector::Inquiry;
using collector::SeriesKey;
using collector::SeriesRow;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;

std::shared_ptr<const v1::Plan> PlanOf(const FleetHistory& fleet) {
  v1::Plan plan;
  for (const std::string& name : fleet.EndpointNames()) {
    v1::Endpoint& endpoint = *plan.add_endpoints();
    endpoint.set_name(name);
    endpoint.mutable_interval()->set_seconds(60);
    for (const char* profile : {"outlook", "thunderbird"}) endpoint.add_profiles(profile);
  }
  return std::make_shared<const v1::Plan>(std::move(plan));
}

// Asks as a thread of the collector's pool does, which knows the names already.
class Asker {
 public:
  Asker(const std::string& directory, const FleetHistory& fleet)
      : directory_(directory), now_ms_(fleet.now_ms()) {
    const auto store = Must(collector::SqliteStore::Open(directory));
    judging_ = {PlanOf(fleet), Must(collector::InstallProfiles({}, now_ms_, *store))};
    desk_.outcomes.Use(judging_.profiles);
    OpenAnew();
  }

  void OpenAnew() {
    desk_.reader = Must(collector::Reader::Open(directory_));
    Must(desk_.directory.Refresh(desk_.reader->database()));
  }
  // With nothing of the store in any cache.
  void Forget() {
    OpenAnew();
    DropFromCache(directory_ + "/relaywatch.db");
  }

  template <typename Answer>
  double Time(Answer answer) {
    const auto snapshot = Must(desk_.reader->Begin(std::chrono::minutes(1)));
    return Milliseconds([&] { Must(answer(Inquiry{desk_, judging_, now_ms_, {}, is_unwanted_})); });
  }

  const SeriesKey& Key(std::int64_t series) const {
    return desk_.directory.FindSeries(series)->key;
  }
  const collector::Judging& judging() const { return judging_; }
  Desk& desk() { return desk_; }
  std::int64_t now_ms() const { return now_ms_; }
  // A week ago, in a history of that length.
  std::int64_t past_ms() const {
    return std::max(now_ms_ - 7 * kDayMs, (FleetHistory::kStartMs + now_ms_) / 2);
  }

 private:
  const std::string directory_;
  const std::int64_t now_ms_;
  Desk desk_;
  collector::Judging judging_;
  std::atomic<bool> is_unwanted_{false};
};

void SetFilter(const SeriesKey& key, v1::Filter& filter) {
  filter.add_locations(key.location);
  filter.add_endpoints(key.endpoint);
  filter.add_ports(key.port);
}

void AskHistory(Asker& asker, std::vector<Result>& table) {
  std::vector<double> cold, warm;
  for (int i = 0; i < kReads; ++i) {
    v1::HistoryRequest request;
    SetFilter(asker.Key(1 + i * 11), *request.mutable_filter());
    collector::SetMs(*request.mutable_filter()->mutable_since(), asker.now_ms() - 28 * kDayMs);
    const auto answer = [&](const Inquiry& inquiry) { return AnswerHistory(request, inquiry); };
    asker.Forget();
    cold.push_back(asker.Time(answer));
    warm.push_back(asker.Time(answer));
  }
  table.push_back(Line("history of one series over a month, cold", Median(cold), "ms", 100));
  table.push_back(Line("history of one series over a month, warm", Median(warm), "ms", 20));
}

template <typename MakeAnswer>
void AskOften(const std::string& what, Asker& asker, double mark, MakeAnswer make_answer,
              std::vector<Result>& table) {
  std::vector<double> times;
  for (int i = 0; i < kReads; ++i) times.push_back(asker.Time(make_answer(1 + i * 11)));
  table.push_back(Line(what, Median(times), "ms", mark));
}

void JudgeAgain(const std::string& directory, Asker& asker, std::vector<Result>& table) {
  const auto store = Must(collector::SqliteStore::Open(directory));
  const auto own = Must(collector::InstallProfiles({}, asker.now_ms(), *store));
  collector::Rejudge rejudge(asker.now_ms());
  const double ms = Milliseconds([&] {
    bool more = true;
    while (more) {
      collector::CommitSet set;
      more = Must(rejudge.Next(own->all(), 1000, *store, set));
      Must(store->Commit(set));
    }
  });
  table.push_back(Line(fmt::format("all history judged again, {} outcomes by {} profiles",
                                   rejudge.report().outcomes, own->all().size()),
                       ms, "ms", 2000));
}

void FillMatrix(Asker& asker, const FleetHistory& fleet, collector::Matrix& matrix) {
  std::vector<collector::MatrixEntry> entries;
  for (const collector::LatestRow& latest : fleet.Latest()) {
    const SeriesRow* series = asker.desk().directory.FindSeries(latest.series);
    entries.push_back(
        {std::make_shared<const SeriesRow>(*series), latest.time_ms,
         Must(asker.desk().outcomes.Find(latest.outcome, asker.desk().reader->database())),
         latest.time_ms - kDayMs, false});
  }
  matrix.Update(entries);
}

}  // namespace

void AskAboutAMonth(const std::string& directory, const FleetHistory& fleet,
                    std::vector<Result>& table) {
  Asker asker(directory, fleet);
  AskHistory(asker, table);
  AskOften(
      "compare, one service", asker, 100,
      [&](std::int64_t series) {
        v1::CompareRequest request;
        const SeriesKey& key = asker.Key(series);
        request.add_locations(key.location);
        request.add_locations(key.location == "site-0" ? "site-1" : "site-0");
        request.mutable_filter()->add_endpoints(key.endpoint);
        request.mutable_filter()->add_ports(key.port);
        return [request](const Inquiry& inquiry) { return AnswerCompare(request, inquiry); };
      },
      table);
  AskOften(
      "explain, at a past moment", asker, 100,
      [&](std::int64_t series) {
        v1::ExplainRequest request;
        const SeriesKey& key = asker.Key(series);
        request.set_location(key.location);
        request.set_endpoint(key.endpoint);
        request.set_port(key.port);
        collector::SetMs(*request.mutable_at(), asker.past_ms());
        return [request](const Inquiry& inquiry) { return AnswerExplain(request, inquiry); };
      },
      table);
  AskOften(
      "export, first 10,000 results of an hour", asker, 100,
      [&](std::int64_t) {
        v1::ExportRequest request;
        collector::SetMs(*request.mutable_filter()->mutable_since(), asker.past_ms());
        collector::SetMs(*request.mutable_filter()->mutable_until(),
                         asker.past_ms() + 60 * kMinuteMs);
        auto walk = std::make_shared<collector::ExportWalk>(request);
        return [walk](const Inquiry& inquiry) { return walk->Next(inquiry); };
      },
      table);
  JudgeAgain(directory, asker, table);
}

void AskForTheMatrix(const std::string& directory, const FleetHistory& fleet,
                     std::vector<Result>& table) {
  Asker asker(directory, fleet);
  collector::Matrix matrix;
  matrix.Use(asker.judging());
  FillMatrix(asker, fleet, matrix);
  const auto ask = [&](const std::string& when, std::int64_t minutes_ago, double mark) {
    AskOften(
        "matrix of 100,000 series, a page, " + when, asker, mark,
        [&](std::int64_t) {
          v1::MatrixRequest request;
          if (minutes_ago > 0) {
            collector::SetMs(*request.mutable_at(), asker.now_ms() - minutes_ago * kMinuteMs);
          }
          return [&matrix, request](const Inquiry& inquiry) {
            return matrix.Answer(request, inquiry);
          };
        },
        table);
  };
  ask("now", 0, 10);
  ask("five minutes ago", 5, 50);
  ask("half an hour ago", 30, 50);
}

}  // namespace relaywatch::bench
