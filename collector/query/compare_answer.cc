#include "collector/query/compare_answer.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "collector/query/selection.h"
#include "collector/query/sights.h"
#include "collector/query/times.h"
#include "collector/query/verdicts.h"

namespace relaywatch::collector {
namespace {

// "The same minutes", and where nobody looked in them, the same hour.
constexpr std::int64_t kMinutesMs = 10 * detect::kMinuteMs;

std::vector<std::string> LinesOf(const v1::Capabilities& capabilities, v1::Protocol protocol) {
  std::vector<std::string> lines(capabilities.lines().begin(), capabilities.lines().end());
  // The first line of an EHLO answer is the server's name and greeting.
  if (protocol == v1::PROTOCOL_SMTP && !lines.empty()) lines.erase(lines.begin());
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> Without(const std::vector<std::string>& lines,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> rest;
  std::set_difference(lines.begin(), lines.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

const Sight* NewestAt(const std::string& location, const std::vector<Sight>& sights) {
  const Sight* newest = nullptr;
  for (const Sight& sight : sights) {
    if (sight.location != location) continue;
    if (newest == nullptr || sight.newest.time_ms > newest->newest.time_ms) newest = &sight;
  }
  return newest;
}

// Where both got an answer to EHLO in that state.
void SayCapabilities(const v1::Facts& facts, const v1::Facts& others, v1::Side& side) {
  const v1::Protocol protocol = facts.protocol();
  if (facts.has_plain() && others.has_plain()) {
    for (auto& line : Without(LinesOf(facts.plain(), protocol), LinesOf(others.plain(), protocol)))
      side.add_only_plain(std::move(line));
  }
  if (facts.has_tls_capabilities() && others.has_tls_capabilities()) {
    for (auto& line : Without(LinesOf(facts.tls_capabilities(), protocol),
                              LinesOf(others.tls_capabilities(), protocol)))
      side.add_only_tls(std::move(line));
  }
}

v1::Side SideOf(const std::string& location, const Sight* sight, const Sight* other,
                const std::vector<std::size_t>& profiles) {
  v1::Side side;
  side.set_location(location);
  if (sight == nullptr) return side;
  side.set_probed(true);
  for (const std::size_t position : profiles) {
    *side.add_verdicts() = VerdictOf(*sight->outcome, position, Words::kSummary);
  }
  if (other != nullptr) SayCapabilities(sight->outcome->facts, other->outcome->facts, side);
  return side;
}

class Comparer {
 public:
  Comparer(const v1::CompareRequest& request, const Selection& selection, const Inquiry& inquiry)
      : a_(request.locations(0)),
        b_(request.locations(1)),
        to_ms_(request.has_at() ? MsOf(request.at()) : inquiry.now_ms),
        selection_(selection),
        inquiry_(inquiry) {}

  absl::StatusOr<v1::CompareResponse> Answer() {
    std::map<ServiceKey, const SeriesRow*> services;
    for (const SeriesRow* series : selection_.series) services[ServiceOf(series->key)] = series;
    v1::CompareResponse response;
    for (const auto& [service, series] : services) {
      auto compared = Compare(service, *series);
      if (!compared.ok()) return compared.status();
      *response.add_services() = *std::move(compared);
    }
    SetMs(*response.mutable_from(), to_ms_ - span_ms_);
    SetMs(*response.mutable_to(), to_ms_);
    return response;
  }

 private:
  absl::StatusOr<std::vector<Sight>> Look(const ServiceKey& service) {
    auto sights = SightsOf(service, to_ms_ - kMinutesMs, to_ms_ + 1, inquiry_);
    if (!sights.ok() || (IsSeenFrom(a_, *sights) && IsSeenFrom(b_, *sights))) return sights;
    span_ms_ = detect::kHourMs;
    return SightsOf(service, to_ms_ - detect::kHourMs, to_ms_ + 1, inquiry_);
  }

  absl::StatusOr<v1::ComparedService> Compare(const ServiceKey& service, const SeriesRow& series) {
    const auto sights = Look(service);
    if (!sights.ok()) return sights.status();
    v1::ComparedService compared;
    compared.set_endpoint(service.endpoint);
    compared.set_host(series.key.host);
    compared.set_protocol(service.protocol);
    compared.set_port(service.port);
    const Sight* a = NewestAt(a_, *sights);
    const Sight* b = NewestAt(b_, *sights);
    const auto profiles = selection_.ProfilesOf(series, inquiry_.judging);
    *compared.add_sides() = SideOf(a_, a, b, profiles);
    *compared.add_sides() = SideOf(b_, b, a, profiles);
    Conclude(service, a, b, *sights, compared);
    return compared;
  }

  void Conclude(const ServiceKey& service, const Sight* a, const Sight* b,
                const std::vector<Sight>& sights, v1::ComparedService& compared) const {
    if (a == nullptr || b == nullptr) {
      const std::string& unseen = a == nullptr ? a_ : b_;
      compared.set_cause(std::string(Label(detect::Cause::kUnknown)));
      compared.set_words(a == nullptr && b == nullptr ? "neither place looked in that hour"
                                                      : unseen + " did not look in that hour");
      return;
    }
    detect::Comparison comparison = Argue(service, OddOf(a_, b_, sights), sights);
    if (comparison.cause != detect::Cause::kUnknown) {
      return Say(comparison, service, sights, compared);
    }
    // The others contradict each other: what the two alone show.
    std::vector<Sight> both;
    for (const Sight& sight : sights) {
      if (sight.location == a_ || sight.location == b_) both.push_back(sight);
    }
    comparison = Argue(service, OddOf(a_, b_, both), both);
    Say(comparison, service, both, compared);
  }

  static void Say(const detect::Comparison& comparison, const ServiceKey& service,
                  const std::vector<Sight>& sights, v1::ComparedService& compared) {
    compared.set_cause(std::string(Label(comparison.cause)));
    compared.set_words(comparison.words);
    for (auto& witness : WitnessesOf(comparison.here, sights, service, comparison.different)) {
      *compared.add_here() = std::move(witness);
    }
    for (auto& witness : WitnessesOf(comparison.elsewhere, sights, service, comparison.different)) {
      *compared.add_elsewhere() = std::move(witness);
    }
  }

  const std::string a_;
  const std::string b_;
  const std::int64_t to_ms_;
  std::int64_t span_ms_ = kMinutesMs;
  const Selection& selection_;
  const Inquiry& inquiry_;
};

}  // namespace

absl::StatusOr<v1::CompareResponse> AnswerCompare(const v1::CompareRequest& request,
                                                  const Inquiry& inquiry) {
  const v1::Filter& filter = request.filter();
  if (request.locations_size() != 2 || request.locations(0) == request.locations(1)) {
    return absl::InvalidArgumentError("two different locations are compared: name both");
  }
  if (!filter.agents().empty() || filter.has_since() || filter.has_until()) {
    return absl::InvalidArgumentError(
        "two places are compared at one moment: agent, since and until do not apply (at does)");
  }
  v1::Filter places = filter;
  *places.mutable_locations() = request.locations();
  const auto selection = Select(places, inquiry);
  if (!selection.ok()) return selection.status();
  if (request.has_at()) {
    if (auto come = RefuseFuture(MsOf(request.at()), inquiry); !come.ok()) return come;
  }
  return Comparer(request, *selection, inquiry).Answer();
}

}  // namespace relaywatch::collector
