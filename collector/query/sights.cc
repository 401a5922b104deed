#include "collector/query/sights.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "collector/detect/answer.h"
#include "collector/query/times.h"
#include "common/taxonomy.h"

namespace relaywatch::collector {
namespace {

using detect::Facet;
using detect::FacetMask;
using detect::Rule;

constexpr FacetMask kAllFacets = (FacetMask{1} << detect::kFacetCount) - 1;
// As many failures to connect in a row are a blocked port rather than loss.
constexpr int kBlockedFailures = 3;

struct Row {
  ResultRow result;
  OutcomeBook::Entry outcome;
};

detect::Surroundings SurroundingsOf(const ServiceKey& service) {
  return {
      service.port, {}, absl::AsciiStrToUpper(std::string(relaywatch::Label(service.protocol)))};
}

using RowsByAgent = std::map<std::pair<std::string, std::string>, std::vector<Row>>;

// Answers in the order of time into what they show together.
class RuleOfRows {
 public:
  void Add(const v1::Facts& facts) {
    const detect::Answer answer = detect::ReadAnswer(facts);
    if (answer.kind == detect::AnswerKind::kConnectFailure) {
      if (++failures_ < kBlockedFailures) return;
      rule_ = {};
      rule_.Set(Facet::kReach, "blocked");
      return;
    }
    if (!answer.rule.Knows(Facet::kReach)) return;
    failures_ = 0;
    // Behind a closed door nothing of before holds.
    if (answer.rule.Value(Facet::kReach) != "open") rule_ = {};
    rule_.Take(answer.rule, kAllFacets);
  }
  Rule Take() { return std::move(rule_); }

 private:
  Rule rule_;
  int failures_ = 0;
};

absl::Status Collect(const ServiceKey& service, std::int64_t from_ms, std::int64_t to_ms,
                     const Inquiry& inquiry, RowsByAgent& rows) {
  std::vector<std::int64_t> series;
  for (const SeriesRow* row : inquiry.desk.directory.SeriesTo(service.endpoint, service.port)) {
    if (ServiceOf(row->key) == service) series.push_back(row->id);
  }
  if (series.empty()) return absl::OkStatus();
  absl::Status status;
  auto scanned = inquiry.desk.reader->ScanResults(
      {std::move(series), from_ms, to_ms}, [&](const ResultRow& result) {
        if (!Votes(result)) return true;
        const Directory::Epoch* epoch = inquiry.desk.directory.FindEpoch(result.epoch);
        auto outcome = inquiry.Outcome(result.outcome);
        status = outcome.status();
        if (!status.ok() || inquiry.is_unwanted) return false;
        if (epoch == nullptr) return true;
        const SeriesKey& key = inquiry.desk.directory.FindSeries(result.series)->key;
        rows[{key.location, *epoch->agent}].push_back({result, *std::move(outcome)});
        return true;
      });
  if (!scanned.ok()) return scanned;
  return status.ok() ? inquiry.Wanted() : status;
}

std::vector<detect::View> ViewsOf(const std::vector<Sight>& sights) {
  std::vector<detect::View> views;
  for (std::size_t i = 0; i < sights.size(); ++i) {
    const Sight& sight = sights[i];
    views.push_back({sight.location,
                     sight.agent,
                     {static_cast<std::uint32_t>(i), sight.newest.time_ms, sight.newest.outcome},
                     sight.rule});
  }
  return views;
}

// One agent that differs from the others of its place, while those agree with another place.
std::optional<std::uint32_t> OddAgent(const std::string& location,
                                      const std::vector<Sight>& sights) {
  for (std::size_t i = 0; i < sights.size(); ++i) {
    if (sights[i].location != location) continue;
    std::size_t others = 0;
    std::size_t alike = 0;  // others of the place that differ from it
    bool contradicted = false;
    for (std::size_t j = 0; j < sights.size(); ++j) {
      if (i == j || sights[j].rule.known() == 0) continue;
      const bool differs = Difference(sights[i].rule, sights[j].rule) != 0;
      if (sights[j].location == location) {
        ++others;
        alike += differs ? 1U : 0U;
      } else {
        contradicted |= !differs;
      }
    }
    // Nobody at other places is of its opinion, and everybody at its own is of another.
    if (others > 0 && alike == others && !contradicted) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

// What one place sees: of the agent that told last.
const Rule* RuleAt(const std::string& location, const std::vector<Sight>& sights) {
  const Sight* newest = nullptr;
  for (const Sight& sight : sights) {
    if (sight.location != location || sight.rule.known() == 0) continue;
    if (newest == nullptr || sight.newest.time_ms > newest->newest.time_ms) newest = &sight;
  }
  return newest == nullptr ? nullptr : &newest->rule;
}

// How much of it looks like the work of something on the way.
int Damage(const Rule& rule) {
  int damage = 0;
  if (rule.Knows(Facet::kReach) && rule.Value(Facet::kReach) != "open") damage += 4;
  if (rule.Knows(Facet::kMiddlebox) && rule.Value(Facet::kMiddlebox) != "none") damage += 2;
  if (rule.Value(Facet::kStartTls) == "missing") damage += 2;
  if (rule.Knows(Facet::kVerification) && rule.Value(Facet::kVerification) != "verified") ++damage;
  if (rule.Value(Facet::kAuthPlain) == "none" && rule.Value(Facet::kAuthTls) == "none") ++damage;
  return damage;
}

std::size_t Agreeing(const Rule& rule, const std::string& a, const std::string& b,
                     const std::vector<Sight>& sights) {
  std::set<std::string> places;
  for (const Sight& sight : sights) {
    if (sight.location == a || sight.location == b || sight.rule.known() == 0) continue;
    if (Difference(rule, sight.rule) == 0) places.insert(sight.location);
  }
  return places.size();
}

}  // namespace

ServiceKey ServiceOf(const SeriesKey& key) { return {key.endpoint, key.port, key.protocol}; }

absl::StatusOr<std::vector<Sight>> SightsOf(const ServiceKey& service, std::int64_t from_ms,
                                            std::int64_t to_ms, const Inquiry& inquiry) {
  RowsByAgent by_agent;
  if (auto read = Collect(service, from_ms, to_ms, inquiry, by_agent); !read.ok()) return read;
  std::vector<Sight> sights;
  for (auto& [who, rows] : by_agent) {
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.result.time_ms, a.result.seq) < std::tie(b.result.time_ms, b.result.seq);
    });
    RuleOfRows rule;
    for (const Row& row : rows) rule.Add(row.outcome->facts);
    sights.push_back({who.first, who.second, rows.back().result, rows.back().outcome, rule.Take()});
  }
  return sights;
}

bool IsSeenFrom(const std::string& location, const std::vector<Sight>& sights) {
  return std::any_of(sights.begin(), sights.end(),
                     [&](const Sight& sight) { return sight.location == location; });
}

detect::Comparison Argue(const ServiceKey& service, const std::string& subject,
                         const std::vector<Sight>& sights) {
  detect::Question question;
  question.location = subject;
  question.agent = OddAgent(subject, sights);
  question.surroundings = SurroundingsOf(service);
  question.facets = kAllFacets;
  return detect::Compare(question, ViewsOf(sights));
}

const std::string& OddOf(const std::string& a, const std::string& b,
                         const std::vector<Sight>& sights) {
  if (OddAgent(a, sights)) return a;
  if (OddAgent(b, sights)) return b;
  const Rule* rule_a = RuleAt(a, sights);
  const Rule* rule_b = RuleAt(b, sights);
  if (rule_a == nullptr || rule_b == nullptr) return rule_a == nullptr ? b : a;
  const std::size_t with_a = Agreeing(*rule_a, a, b, sights);
  const std::size_t with_b = Agreeing(*rule_b, a, b, sights);
  if (with_a != with_b) return with_a < with_b ? a : b;
  return Damage(*rule_a) > Damage(*rule_b) ? a : b;
}

v1::Witness WitnessOf(const Sight& sight, const ServiceKey& service, FacetMask facets) {
  v1::Witness witness;
  witness.set_location(sight.location);
  witness.set_agent(sight.agent);
  SetMs(*witness.mutable_measured_at(), sight.newest.time_ms);
  witness.set_outcome(sight.newest.outcome);
  const FacetMask told = sight.rule.known() & (facets == 0 ? kAllFacets : facets);
  witness.set_words(told == 0 ? "nothing definite"
                              : DescribeFacets(sight.rule, told, SurroundingsOf(service)));
  return witness;
}

std::vector<v1::Witness> WitnessesOf(const std::vector<detect::Vote>& votes,
                                     const std::vector<Sight>& sights, const ServiceKey& service,
                                     FacetMask facets) {
  std::vector<v1::Witness> witnesses;
  for (const detect::Vote& vote : votes) {
    witnesses.push_back(WitnessOf(sights[vote.agent], service, facets));
  }
  return witnesses;
}

}  // namespace relaywatch::collector
