#include "collector/detect/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace relaywatch::collector::detect {
namespace {

// What one place sees: its agents' answers, each facet as most of them show it.
struct Place {
  std::string name;
  Rule rule;
  std::vector<const View*> views;
};

Rule MajorityOf(const std::vector<const View*>& views) {
  Rule majority;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    const Facet facet = FacetAt(i);
    std::map<std::string, std::size_t> count;
    const View* most = nullptr;
    for (const View* view : views) {
      if (!view->rule.Knows(facet)) continue;
      ++count[view->rule.Value(facet)];
      if (most == nullptr || count[view->rule.Value(facet)] > count[most->rule.Value(facet)]) {
        most = view;
      }
    }
    if (most != nullptr) majority.Take(most->rule, Bit(facet));
  }
  return majority;
}

std::vector<Vote> VotesOf(const std::vector<const View*>& views) {
  std::vector<Vote> votes;
  votes.reserve(views.size());
  for (const View* view : views) votes.push_back(view->vote);
  return votes;
}

bool IsSubject(const Question& question, const View& view) {
  return view.location == question.location &&
         (!question.agent || view.vote.agent == *question.agent);
}

// The subject first, then the other agents of its location (if it is one agent), then other places.
std::vector<Place> PlacesOf(const Question& question, const std::vector<View>& views) {
  std::vector<Place> places{{.name = question.location}};
  for (const View& view : views) {
    if (IsSubject(question, view)) {
      places.front().views.push_back(&view);
      continue;
    }
    const auto it = std::find_if(places.begin() + 1, places.end(),
                                 [&](const Place& place) { return place.name == view.location; });
    Place& place = it != places.end() ? *it : places.emplace_back(Place{.name = view.location});
    place.views.push_back(&view);
  }
  for (Place& place : places) place.rule = MajorityOf(place.views);
  return places;
}

// A device on the way can do this to a dialogue in the clear.
bool CanBeDoneOnTheWay(const Rule& here, const Rule& there, FacetMask different) {
  constexpr FacetMask kEditable = Bit(Facet::kReach) | Bit(Facet::kMiddlebox) |
                                  Bit(Facet::kStartTls) | Bit(Facet::kTls) |
                                  Bit(Facet::kAuthPlain) | kCertificateFacets;
  FacetMask editable = kEditable;
  // Who breaks TLS open may edit what is inside: then the certificate is not the server's either.
  if ((Difference(here, there) & kCertificateFacets) != 0) editable |= Bit(Facet::kAuthTls);
  return (different & ~editable) == 0;
}

// "office and vpn see it": what they see, in a verb that fits the first difference.
std::string NetworkWords(const Place& here, const Rule& there, FacetMask different,
                         const std::vector<std::string>& others, const Surroundings& surroundings) {
  const std::string all = JoinWithAnd(others);
  const std::string_view s = others.size() == 1 ? "s" : "";
  const auto differs = [different](Facet facet) { return (different & Bit(facet)) != 0; };
  const Rule& rule = here.rule;
  if (differs(Facet::kReach)) {
    if (rule.Value(Facet::kReach) == "open") {
      return fmt::format("port {} answers from {}; {} cannot reach it", surroundings.port,
                         here.name, all);
    }
    return fmt::format("port {} is {} on the way from {}; {} reach{} it", surroundings.port,
                       rule.Value(Facet::kReach), here.name, all, others.size() == 1 ? "es" : "");
  }
  if (differs(Facet::kMiddlebox) && rule.Value(Facet::kMiddlebox) == "not_smtp") {
    return fmt::format("something else answers in the server's place at {}; {} reach{} the server",
                       here.name, all, others.size() == 1 ? "es" : "");
  }
  if (differs(Facet::kStartTls) && rule.Value(Facet::kStartTls) == "missing") {
    return fmt::format("STARTTLS is stripped on the way from {}; {} see{} it", here.name, all, s);
  }
  if (differs(Facet::kMiddlebox) && rule.Value(Facet::kMiddlebox) != "none") {
    return fmt::format("a firewall on the way from {} edits the dialogue ({}); {} see{} it whole",
                       here.name, DescribeFacets(rule, Bit(Facet::kMiddlebox), surroundings), all,
                       s);
  }
  return fmt::format("on the way from {} the dialogue is changed: {}; {} see{}: {}", here.name,
                     DescribeFacets(rule, different, surroundings), all, s,
                     DescribeFacets(there, different, surroundings));
}

class Argument {
 public:
  Argument(const Question& question, const std::vector<Place>& places)
      : question_(question), here_(places.front()) {
    for (auto place = places.begin() + 1; place != places.end(); ++place) Sort(*place);
  }

  Comparison Conclude() {
    if (here_.views.empty() || others_ == 0) return Unknown();
    result_.here = VotesOf(here_.views);
    if (differing_.empty()) return AllAlike();
    if (question_.agent && SameLocationDiffers()) return AgentOnly();
    return Differs();
  }

 private:
  void Sort(const Place& place) {
    if ((place.rule.known() & here_.rule.known() & question_.facets) == 0) return;
    ++others_;
    const FacetMask different = Difference(here_.rule, place.rule) & question_.facets;
    (different != 0 ? differing_ : agreeing_).push_back(&place);
  }

  bool SameLocationDiffers() const {
    return std::any_of(differing_.begin(), differing_.end(),
                       [&](const Place* place) { return place->name == here_.name; });
  }

  static std::vector<std::string> NamesOf(const std::vector<const Place*>& places) {
    std::vector<std::string> names;
    for (const Place* place : places) names.push_back(place->name);
    return names;
  }

  void Bring(const std::vector<const Place*>& places) {
    for (const Place* place : places) {
      const auto votes = VotesOf(place->views);
      result_.elsewhere.insert(result_.elsewhere.end(), votes.begin(), votes.end());
    }
  }

  Comparison Unknown() {
    result_.words = here_.views.empty()
                        ? fmt::format("nothing was seen from {} in these minutes", here_.name)
                        : fmt::format("nobody but {} looked in these minutes", here_.name);
    return std::move(result_);
  }

  // Everybody sees the same: if it is new, the server did it for all.
  Comparison AllAlike() {
    Bring(agreeing_);
    const FacetMask changed =
        question_.before ? Difference(*question_.before, here_.rule) & question_.facets : 0;
    if (changed == 0) {
      result_.cause = Cause::kNoDifference;
      result_.words =
          fmt::format("{} and {} see the same", here_.name, JoinWithAnd(NamesOf(agreeing_)));
      return std::move(result_);
    }
    result_.cause = Cause::kServerPolicy;
    result_.different = changed;
    result_.words = fmt::format(
        "the server changed: {}; {} see{} it as well",
        DescribeDifference(*question_.before, here_.rule, changed, question_.surroundings),
        JoinWithAnd(NamesOf(agreeing_)), agreeing_.size() == 1 ? "s" : "");
    return std::move(result_);
  }

  Comparison AgentOnly() {
    std::vector<const Place*> same;
    for (const Place* place : differing_) {
      if (place->name == here_.name) same.push_back(place);
    }
    Bring(same);
    const Rule& there = same.front()->rule;
    result_.cause = Cause::kThisAgentOnly;
    result_.different = Difference(here_.rule, there) & question_.facets;
    const std::string who = here_.views.front()->agent_name;
    result_.words =
        fmt::format("only agent {} sees it: {}; the other agents of {}: {}", who,
                    DescribeFacets(here_.rule, result_.different, question_.surroundings),
                    here_.name, DescribeFacets(there, result_.different, question_.surroundings));
    return std::move(result_);
  }

  Comparison Differs() {
    Bring(differing_);
    const Rule& there = differing_.front()->rule;
    result_.different = Difference(here_.rule, there) & question_.facets;
    // Other places contradict each other in this too: no side is the odd one.
    const bool is_split = std::any_of(differing_.begin(), differing_.end(), [&](const Place* one) {
      return (Difference(one->rule, there) & result_.different) != 0;
    });
    if (is_split) {
      result_.words = fmt::format("{} and {} all see something else", here_.name,
                                  JoinWithAnd(NamesOf(differing_)));
      return std::move(result_);
    }
    const auto others = NamesOf(differing_);
    if (CanBeDoneOnTheWay(here_.rule, there, result_.different)) {
      result_.cause = Cause::kNetworkPath;
      result_.words = NetworkWords(here_, there, result_.different, others, question_.surroundings);
      return std::move(result_);
    }
    result_.cause = Cause::kServerPolicy;
    result_.words = fmt::format(
        "the server treats {} otherwise: {}; at {}: {}", here_.name,
        DescribeFacets(here_.rule, result_.different, question_.surroundings), JoinWithAnd(others),
        DescribeFacets(there, result_.different, question_.surroundings));
    return std::move(result_);
  }

  const Question& question_;
  const Place& here_;
  std::size_t others_ = 0;
  std::vector<const Place*> agreeing_;
  std::vector<const Place*> differing_;
  Comparison result_;
};

}  // namespace

std::string_view Label(Cause cause) {
  switch (cause) {
    case Cause::kUnknown:
      return "unknown";
    case Cause::kNoDifference:
      return "no_difference";
    case Cause::kServerPolicy:
      return "server_policy";
    case Cause::kNetworkPath:
      return "network_path";
    case Cause::kThisAgentOnly:
      return "this_agent_only";
  }
  return "";
}

Comparison Compare(const Question& question, const std::vector<View>& views) {
  const std::vector<Place> places = PlacesOf(question, views);
  return Argument(question, places).Conclude();
}

}  // namespace relaywatch::collector::detect
