// The rule that a server (and the way to it) applies to a client at one place, as a small value:
// one facet for each thing that can change on its own. A facet that an answer did not show is
// unknown, and unknown is no difference: a greylisted probe tells what AUTH is offered and nothing
// about relaying. Two rules differ where both know a facet and its values are not the same; the
// detail of a facet (a reply's code) is kept for words and evidence and never compared. Values;
// thread-compatible.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relaywatch::collector::detect {

enum class Facet : std::uint8_t {
  kReach,         // open, refused (RST), blocked (nothing comes back)
  kAdmission,     // admitted, refused:VERDICT:CLASS in the greeting or to EHLO
  kMiddlebox,     // none, masked_banner, masked_keywords, not_smtp, helo_only
  kStartTls,      // offered, missing, refused:CLASS
  kTls,           // TLSv1.3, …, failed, plaintext
  kAuthPlain,     // mechanisms in the order of the alphabet, "=LOGIN" for AUTH= only; none
  kAuthTls,       // the same inside TLS
  kAnonymousOwn,  // accepted, refused:VERDICT:CLASS
  kAnonymousForeign,
  kBlindAuth,  // hidden, refused:CODE
  kLogin,      // accepted, refused:VERDICT:CLASS
  kAuthenticatedOwn,
  kAuthenticatedForeign,
  kAfterPopOwn,
  kAfterPopForeign,
  kVerification,  // verified, or the label of what is wrong with the certificate
  kIssuer,        // the issuing organisation
  kNames,         // for which the certificate stands
};
inline constexpr std::size_t kFacetCount = 18;

using FacetMask = std::uint32_t;
constexpr FacetMask Bit(Facet facet) { return FacetMask{1} << static_cast<unsigned>(facet); }
constexpr Facet FacetAt(std::size_t index) { return static_cast<Facet>(index); }

// Which facets are measured together, and so change and are confirmed together: what every probe
// sees, what only a probe with a login sees (mostly every 15 minutes), and the certificate, whose
// renewal is no change of rule.
inline constexpr FacetMask kServedFacets = Bit(Facet::kAnonymousForeign) * 2 - 1;
inline constexpr FacetMask kLoginFacets = Bit(Facet::kAfterPopForeign) * 2 - 1 - kServedFacets;
inline constexpr FacetMask kCertificateFacets =
    Bit(Facet::kVerification) | Bit(Facet::kIssuer) | Bit(Facet::kNames);

struct Shown {
  std::string value;   // compared; empty: unknown
  std::string detail;  // "554 5.7.1"; for words only
};

class Rule {
 public:
  bool Knows(Facet facet) const { return (known_ & Bit(facet)) != 0; }
  FacetMask known() const { return known_; }
  const Shown& At(Facet facet) const { return shown_[static_cast<std::size_t>(facet)]; }
  const std::string& Value(Facet facet) const { return At(facet).value; }

  // Control characters, round brackets and overlong texts are replaced: what
  // a hostile agent invents stays one bounded line that ParseRule reads back.
  void Set(Facet facet, std::string_view value, std::string_view detail = {});
  // Takes these facets over from `from`, where it knows them.
  void Take(const Rule& from, FacetMask facets);
  void Forget(FacetMask facets);

 private:
  std::array<Shown, kFacetCount> shown_;
  FacetMask known_ = 0;
};

// The facets that both know and that are not the same.
FacetMask Difference(const Rule& a, const Rule& b);

// One line a known facet, "anonymous_foreign=refused:relay_denied:5 (554 5.7.1)": the form in rule
// history and the key of equality. ParseRule reads it back; nullopt where it is not of that form.
std::string Format(const Rule& rule);
std::optional<Rule> ParseRule(std::string_view text);

std::string_view Name(Facet facet);

// What can change; the label in metrics and events.
enum class ChangeKind : std::uint8_t {
  kAuthOffer,
  kRelay,
  kTls,
  kReachability,
  kInterception,
  kCertificate,
};
inline constexpr std::size_t kChangeKindCount = 6;

using KindMask = std::uint8_t;
constexpr KindMask Bit(ChangeKind kind) {
  return static_cast<KindMask>(1U << static_cast<unsigned>(kind));
}

std::string_view Label(ChangeKind kind);
// "relay,tls": the labels of all kinds in a mask, in the order of the enum.
std::string Labels(KindMask kinds);
KindMask KindsOf(FacetMask different);

}  // namespace relaywatch::collector::detect
