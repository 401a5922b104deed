#include "collector/detect/rule.h"

#include <algorithm>
#include <array>

namespace relaywatch::collector::detect {
namespace {

constexpr std::size_t kMaxBytes = 256;

struct FacetRow {
  std::string_view name;
  ChangeKind kind;
};

constexpr std::array<FacetRow, kFacetCount> kFacets{{
    {"reach", ChangeKind::kReachability},
    {"admission", ChangeKind::kReachability},
    {"middlebox", ChangeKind::kInterception},
    {"starttls", ChangeKind::kTls},
    {"tls", ChangeKind::kTls},
    {"auth_plain", ChangeKind::kAuthOffer},
    {"auth_tls", ChangeKind::kAuthOffer},
    {"anonymous_own", ChangeKind::kRelay},
    {"anonymous_foreign", ChangeKind::kRelay},
    {"blind_auth", ChangeKind::kAuthOffer},
    {"login", ChangeKind::kAuthOffer},
    {"authenticated_own", ChangeKind::kRelay},
    {"authenticated_foreign", ChangeKind::kRelay},
    {"after_pop_own", ChangeKind::kRelay},
    {"after_pop_foreign", ChangeKind::kRelay},
    {"verification", ChangeKind::kCertificate},
    {"issuer", ChangeKind::kCertificate},
    {"names", ChangeKind::kCertificate},
}};

constexpr std::array<std::string_view, kChangeKindCount> kKindLabels{
    "auth_offer", "relay", "tls", "reachability", "interception", "certificate"};

// FNV-1a: what is cut off a value must still tell two values apart, in every run alike.
std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::string Cut(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kHashBytes = 17;
  std::string cut(text.substr(0, kMaxBytes - kHashBytes));
  cut += '#';
  for (std::uint64_t rest = Hash(text); rest != 0; rest >>= 4U) cut += kDigits[rest & 0xFU];
  return cut;
}

// One line, of bounded length, without the brackets that begin a detail.
std::string Clean(std::string_view text) {
  std::string clean = text.size() > kMaxBytes ? Cut(text) : std::string(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    if (c == '(') c = '[';
    if (c == ')') c = ']';
  }
  return clean;
}

std::optional<Facet> FindFacet(std::string_view name) {
  const auto* it = std::find_if(kFacets.begin(), kFacets.end(),
                                [name](const FacetRow& row) { return row.name == name; });
  if (it == kFacets.end()) return std::nullopt;
  return FacetAt(static_cast<std::size_t>(it - kFacets.begin()));
}

bool ParseLine(std::string_view line, Rule& rule) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return false;
  const auto facet = FindFacet(line.substr(0, equals));
  std::string_view value = line.substr(equals + 1);
  std::string_view detail;
  if (const std::size_t open = value.find(" ("); open != std::string_view::npos) {
    if (!value.ends_with(')')) return false;
    detail = value.substr(open + 2, value.size() - open - 3);
    value = value.substr(0, open);
  }
  if (!facet || value.empty()) return false;
  rule.Set(*facet, value, detail);
  return true;
}

}  // namespace

void Rule::Set(Facet facet, std::string_view value, std::string_view detail) {
  Shown& shown = shown_[static_cast<std::size_t>(facet)];
  shown = {Clean(value), Clean(detail)};
  known_ = value.empty() ? known_ & ~Bit(facet) : known_ | Bit(facet);
}

void Rule::Take(const Rule& from, FacetMask facets) {
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((from.known_ & facets & Bit(FacetAt(i))) == 0) continue;
    shown_[i] = from.shown_[i];
    known_ |= Bit(FacetAt(i));
  }
}

void Rule::Forget(FacetMask facets) {
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((facets & Bit(FacetAt(i))) != 0) shown_[i] = {};
  }
  known_ &= ~facets;
}

FacetMask Difference(const Rule& a, const Rule& b) {
  FacetMask different = 0;
  FacetMask both = a.known() & b.known();
  for (std::size_t i = 0; both != 0; ++i, both >>= 1U) {
    const Facet facet = FacetAt(i);
    if ((both & 1U) != 0 && a.Value(facet) != b.Value(facet)) different |= Bit(facet);
  }
  return different;
}

std::string Format(const Rule& rule) {
  std::string text;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    const Facet facet = FacetAt(i);
    if (!rule.Knows(facet)) continue;
    if (!text.empty()) text += '\n';
    text.append(Name(facet)).append("=").append(rule.Value(facet));
    if (!rule.At(facet).detail.empty()) text.append(" (").append(rule.At(facet).detail).append(")");
  }
  return text;
}

std::optional<Rule> ParseRule(std::string_view text) {
  Rule rule;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!ParseLine(text.substr(0, end), rule)) return std::nullopt;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rule;
}

std::string_view Name(Facet facet) { return kFacets[static_cast<std::size_t>(facet)].name; }

std::string_view Label(ChangeKind kind) { return kKindLabels[static_cast<std::size_t>(kind)]; }

std::string Labels(KindMask kinds) {
  std::string labels;
  for (std::size_t i = 0; i < kChangeKindCount; ++i) {
    const auto kind = static_cast<ChangeKind>(i);
    if ((kinds & Bit(kind)) == 0) continue;
    if (!labels.empty()) labels += ',';
    labels += Label(kind);
  }
  return labels;
}

KindMask KindsOf(FacetMask different) {
  KindMask kinds = 0;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((different & Bit(FacetAt(i))) != 0) kinds |= Bit(kFacets[i].kind);
  }
  return kinds;
}

}  // namespace relaywatch::collector::detect
