#include <fmt/format.h>

#include <algorithm>

#include "collector/detect/difference.h"

namespace relaywatch::collector::detect {
namespace {

using Mechanisms = std::vector<std::string>;

Mechanisms Split(const std::string& offer) {
  Mechanisms mechanisms;
  if (offer == "none") return mechanisms;
  for (std::size_t begin = 0; begin < offer.size();) {
    const std::size_t end = std::min(offer.find(' ', begin), offer.size());
    mechanisms.push_back(offer.substr(begin, end - begin));
    begin = end + 1;
  }
  return mechanisms;
}

bool Has(const Mechanisms& mechanisms, const std::string& name) {
  return std::find(mechanisms.begin(), mechanisms.end(), name) != mechanisms.end();
}

// Where an offer is read: a port that is TLS from the first byte has no STARTTLS to come after.
std::string Where(const Pair& pair, Facet facet) {
  if (facet == Facet::kAuthPlain) return "in the clear";
  const bool has_starttls =
      pair.before.Knows(Facet::kStartTls) || pair.after.Knows(Facet::kStartTls);
  return has_starttls ? "after STARTTLS" : "inside TLS";
}

// The offer's two forms taken apart: "=LOGIN" is announced as AUTH=LOGIN only.
struct OfferChange {
  Mechanisms gone, come, only_equals, now_for_all;
};

OfferChange Compare(const Mechanisms& before, const Mechanisms& after) {
  OfferChange change;
  for (const std::string& mechanism : before) {
    const bool is_equals = mechanism.starts_with('=');
    const std::string name = is_equals ? mechanism.substr(1) : mechanism;
    if (Has(after, mechanism)) continue;
    if (is_equals && Has(after, name)) {
      change.now_for_all.push_back(name);
    } else if (!is_equals && Has(after, "=" + name)) {
      change.only_equals.push_back(name);
    } else {
      change.gone.push_back(name);
    }
  }
  for (const std::string& mechanism : after) {
    const std::string name = mechanism.starts_with('=') ? mechanism.substr(1) : mechanism;
    if (!Has(before, name) && !Has(before, "=" + name)) change.come.push_back(name);
  }
  return change;
}

void SayOffer(const Pair& pair, Facet facet, Phrases& phrases) {
  if (!pair.Differs(facet)) return;
  const std::string where = Where(pair, facet);
  const Mechanisms before = Split(pair.before.Value(facet));
  const Mechanisms after = Split(pair.after.Value(facet));
  const OfferChange change = Compare(before, after);
  if (after.empty()) {
    phrases.push_back(
        fmt::format("AUTH no longer offered {} (was {})", where, JoinWithAnd(change.gone)));
    return;
  }
  if (before.empty()) {
    phrases.push_back(fmt::format("AUTH now offered {}: {}", where, JoinWithAnd(change.come)));
    return;
  }
  if (!change.gone.empty()) {
    phrases.push_back(fmt::format("{} no longer offered {}", JoinWithAnd(change.gone), where));
  }
  if (!change.come.empty()) {
    phrases.push_back(fmt::format("{} now offered {}", JoinWithAnd(change.come), where));
  }
  if (!change.only_equals.empty()) {
    phrases.push_back(fmt::format("{} now offered {} in the obsolete form AUTH= only",
                                  JoinWithAnd(change.only_equals), where));
  }
  if (!change.now_for_all.empty()) {
    phrases.push_back(fmt::format("{} no longer offered {} in the obsolete form AUTH= only",
                                  JoinWithAnd(change.now_for_all), where));
  }
}

std::string Login(const Pair& pair) {
  const Shown& after = pair.after.At(Facet::kLogin);
  if (after.value == "accepted") return "the login is accepted again";
  const std::string verdict = VerdictOf(after.value);
  if (verdict == "auth_disabled") return "logins now refused by policy" + WithDetail(after);
  if (verdict == "auth_rejected") return "the credentials are now refused" + WithDetail(after);
  if (verdict == "auth_not_offered") return "AUTH is now switched off" + WithDetail(after);
  return fmt::format("the login is now refused ({}){}", verdict, WithDetail(after));
}

std::string BlindAuth(const Pair& pair) {
  const Shown& after = pair.after.At(Facet::kBlindAuth);
  if (after.value == "hidden") return "AUTH works now though it is not announced";
  return "AUTH that is not announced is now refused" + WithDetail(after);
}

}  // namespace

void SayAuth(const Pair& pair, Phrases& phrases) {
  SayOffer(pair, Facet::kAuthPlain, phrases);
  SayOffer(pair, Facet::kAuthTls, phrases);
  if (pair.Differs(Facet::kBlindAuth)) phrases.push_back(BlindAuth(pair));
  if (pair.Differs(Facet::kLogin)) phrases.push_back(Login(pair));
}

}  // namespace relaywatch::collector::detect
