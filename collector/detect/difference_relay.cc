#include <fmt/format.h>

#include <array>

#include "collector/detect/difference.h"

namespace relaywatch::collector::detect {
namespace {

struct Identity {
  Facet own;
  Facet foreign;
  std::string_view words;
};

constexpr std::array<Identity, 3> kIdentities{{
    {Facet::kAnonymousOwn, Facet::kAnonymousForeign, "without login"},
    {Facet::kAuthenticatedOwn, Facet::kAuthenticatedForeign, "after login"},
    {Facet::kAfterPopOwn, Facet::kAfterPopForeign, "after a POP login"},
}};

std::string Cell(const Pair& pair, Facet facet, std::string_view whom, std::string_view identity) {
  const Shown& before = pair.before.At(facet);
  const Shown& after = pair.after.At(facet);
  if (after.value == "accepted") return fmt::format("{} now accepted {}", whom, identity);
  if (before.value == "accepted") {
    return fmt::format("{} now refused {}{}", whom, identity, WithDetail(after));
  }
  if (VerdictOf(before.value) != VerdictOf(after.value)) {
    return fmt::format("{} refused {} for another reason: {} instead of {}{}", whom, identity,
                       VerdictOf(after.value), VerdictOf(before.value),
                       after.detail.empty() ? "" : " (" + after.detail + ")");
  }
  return fmt::format("{} refused {} with {} instead of {}", whom, identity,
                     after.detail.empty() ? after.value : after.detail,
                     before.detail.empty() ? before.value : before.detail);
}

// Both recipients went the same way, as after a refused MAIL.
bool AreAlike(const Pair& pair, const Identity& identity) {
  return pair.Differs(identity.own) && pair.Differs(identity.foreign) &&
         pair.before.Value(identity.own) == pair.before.Value(identity.foreign) &&
         pair.after.Value(identity.own) == pair.after.Value(identity.foreign);
}

}  // namespace

void SayRelay(const Pair& pair, Phrases& phrases) {
  for (const Identity& identity : kIdentities) {
    if (AreAlike(pair, identity)) {
      phrases.push_back(Cell(pair, identity.foreign, "own and foreign recipients", identity.words));
      continue;
    }
    if (pair.Differs(identity.own)) {
      phrases.push_back(Cell(pair, identity.own, "own recipients", identity.words));
    }
    if (pair.Differs(identity.foreign)) {
      phrases.push_back(Cell(pair, identity.foreign, "foreign recipients", identity.words));
    }
  }
}

}  // namespace relaywatch::collector::detect
