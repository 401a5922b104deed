#include "collector/query/explain_answer.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/query/changes_answer.h"
#include "collector/query/run.h"
#include "collector/query/selection.h"
#include "collector/query/sights.h"
#include "collector/query/times.h"
#include "collector/query/verdicts.h"
#include "common/clock.h"
#include "common/judge/advice.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kMinutesMs = 10 * detect::kMinuteMs;

v1::Filter FilterOf(const v1::ExplainRequest& request) {
  v1::Filter filter;
  filter.add_locations(request.location());
  filter.add_endpoints(request.endpoint());
  filter.add_ports(request.port());
  *filter.mutable_profiles() = request.profiles();
  *filter.mutable_agents() = request.agents();
  return filter;
}

// Each name is known, but not together.
absl::Status NeverProbed(const v1::ExplainRequest& request, const Inquiry& inquiry) {
  std::set<std::string> probed;
  for (const auto& series : inquiry.desk.directory.series()) {
    if (series->key.location != request.location()) continue;
    probed.insert(fmt::format("{}:{}", series->key.endpoint, series->key.port));
  }
  return absl::InvalidArgumentError(
      fmt::format("nobody has probed {}:{} from {}; from there is known: {}", request.endpoint(),
                  request.port(), request.location(), Told({probed.begin(), probed.end()})));
}

void SetRun(const RunStart& start, v1::ProfileVerdict& verdict) {
  SetMs(*verdict.mutable_since(), start.since_ms);
  verdict.set_since_or_before(start.or_before);
}

class Explainer {
 public:
  Explainer(const Selection& selection, const ResultRow& newest, const Inquiry& inquiry)
      : selection_(selection),
        newest_(newest),
        series_(*inquiry.desk.directory.FindSeries(newest.series)),
        inquiry_(inquiry) {}

  absl::StatusOr<v1::ExplainResponse> Explain() {
    const auto outcome = inquiry_.Outcome(newest_.outcome);
    if (!outcome.ok()) return outcome.status();
    SayEvidence(**outcome);
    if (auto said = SayMeaning(**outcome); !said.ok()) return said;
    if (auto said = SayElsewhere(); !said.ok()) return said;
    if (auto said = SayLastChange(); !said.ok()) return said;
    return std::move(response_);
  }

 private:
  void SayEvidence(const JudgedOutcome& outcome) {
    const SeriesKey& key = series_.key;
    response_.set_location(key.location);
    response_.set_endpoint(key.endpoint);
    response_.set_host(key.host);
    response_.set_protocol(key.protocol);
    response_.set_port(key.port);
    if (const auto* epoch = inquiry_.desk.directory.FindEpoch(newest_.epoch)) {
      response_.set_agent(*epoch->agent);
      response_.set_epoch(epoch->epoch);
    }
    response_.set_seq(newest_.seq);
    SetMs(*response_.mutable_measured_at(), newest_.time_ms);
    response_.set_address(key.address);
    response_.set_outcome(newest_.outcome);
    *response_.mutable_facts() = outcome.facts;
    for (const std::uint32_t us : newest_.stage_us) response_.add_stage_us(us);
  }

  absl::Status SayMeaning(const JudgedOutcome& outcome) {
    const auto profiles = selection_.ProfilesOf(series_, inquiry_.judging);
    const auto runs = RunStartsOf(newest_, selection_, profiles, inquiry_);
    if (!runs.ok()) return runs.status();
    for (std::size_t i = 0; i < profiles.size(); ++i) {
      v1::ProfileVerdict verdict = VerdictOf(outcome, profiles[i], Words::kAdvice);
      SetRun(runs->verdicts[i], verdict);
      *response_.add_verdicts() = std::move(verdict);
    }
    for (auto& finding : judge::Findings(outcome.facts, newest_.time_ms / 1000)) {
      response_.add_findings(std::move(finding));
    }
    SetMs(*response_.mutable_since(), runs->outcome.since_ms);
    response_.set_since_or_before(runs->outcome.or_before);
    return absl::OkStatus();
  }

  absl::Status SayElsewhere() {
    const ServiceKey service = ServiceOf(series_.key);
    const std::int64_t to_ms = newest_.time_ms + kMinutesMs;
    const auto sights = SightsOf(service, newest_.time_ms - kMinutesMs, to_ms, inquiry_);
    if (!sights.ok()) return sights.status();
    const detect::Comparison comparison = Argue(service, series_.key.location, *sights);
    response_.set_cause(std::string(Label(comparison.cause)));
    response_.set_cause_words(comparison.words);
    for (const Sight& sight : *sights) {
      if (sight.agent == response_.agent() && sight.location == response_.location()) continue;
      *response_.add_elsewhere() = WitnessOf(sight, service, comparison.different);
    }
    return absl::OkStatus();
  }

  absl::Status SayLastChange() {
    v1::ChangesRequest request;
    request.set_limit(1);
    v1::Filter& filter = *request.mutable_filter();
    filter.add_locations(series_.key.location);
    filter.add_endpoints(series_.key.endpoint);
    filter.add_ports(series_.key.port);
    SetMs(*filter.mutable_until(), newest_.time_ms + 1);
    auto changes = AnswerChanges(request, *inquiry_.desk.reader);
    if (!changes.ok()) return changes.status();
    if (changes->changes_size() > 0) {
      *response_.mutable_last_change() = std::move(*changes->mutable_changes(0));
    }
    return absl::OkStatus();
  }

  const Selection& selection_;
  const ResultRow& newest_;
  const SeriesRow& series_;
  const Inquiry& inquiry_;
  v1::ExplainResponse response_;
};

}  // namespace

absl::StatusOr<v1::ExplainResponse> AnswerExplain(const v1::ExplainRequest& request,
                                                  const Inquiry& inquiry) {
  const auto selection = Select(FilterOf(request), inquiry);
  if (!selection.ok()) return selection.status();
  if (selection->series.empty()) return NeverProbed(request, inquiry);
  const std::int64_t at_ms =
      request.has_at() ? MsOf(request.at()) : inquiry.now_ms + detect::kHourMs;
  if (auto come = RefuseFuture(at_ms, inquiry); !come.ok()) return come;
  const auto newest = NewestOf(*selection, at_ms, inquiry);
  if (!newest.ok()) return newest.status();
  if (!*newest) {
    return absl::NotFoundError(fmt::format("no result of {}:{} from {} is kept up to {}",
                                           request.endpoint(), request.port(), request.location(),
                                           FormatRfc3339(at_ms)));
  }
  return Explainer(*selection, **newest, inquiry).Explain();
}

}  // namespace relaywatch::collector
