#include <fmt/format.h>

#include <algorithm>

#include "collector/detect/difference.h"

namespace relaywatch::collector::detect {
namespace {

std::string InBrackets(const Shown& shown) {
  return shown.detail.empty() ? std::string() : " (" + shown.detail + ")";
}

std::string Reach(const Shown& shown, const Surroundings& surroundings) {
  const std::string_view how = shown.value == "open"      ? "answers"
                               : shown.value == "refused" ? "refuses connections"
                                                          : "is blocked";
  return fmt::format("port {} {}", surroundings.port, how);
}

std::string Middlebox(const Shown& shown, const Surroundings& surroundings) {
  if (shown.value == "none") return "nothing edits the dialogue";
  if (shown.value == "masked_banner") return "the greeting is masked";
  if (shown.value == "masked_keywords") return "EHLO keywords are overwritten";
  if (shown.value == "helo_only") return "EHLO is refused";
  return fmt::format("what answers does not speak {}", surroundings.protocol);
}

std::string StartTls(const Shown& shown) {
  if (shown.value == "offered") return "STARTTLS is offered";
  if (shown.value == "missing") return "STARTTLS is not offered";
  return "STARTTLS is refused" + InBrackets(shown);
}

std::string Tls(const Shown& shown) {
  if (shown.value == "failed") return "the TLS handshake fails";
  if (shown.value == "plaintext") return "plain text answers TLS";
  return fmt::format("{} is negotiated", TlsVersionInWords(shown.value));
}

std::string Offer(const Shown& shown, std::string_view where) {
  if (shown.value == "none") return fmt::format("no AUTH is offered {}", where);
  std::string list;
  for (const char c : shown.value) list += c == ' ' ? ", " : std::string(1, c);
  return fmt::format("AUTH {} is offered {}", list, where);
}

std::string Cell(const Shown& shown, std::string_view whom, std::string_view identity) {
  return fmt::format("{} are {} {}{}", whom, shown.value == "accepted" ? "accepted" : "refused",
                     identity, InBrackets(shown));
}

std::string Login(const Shown& shown) {
  return shown.value == "accepted" ? "the login is accepted"
                                   : "the login is refused" + InBrackets(shown);
}

std::string BlindAuth(const Shown& shown) {
  return shown.value == "hidden" ? "AUTH works though it is not announced"
                                 : "AUTH that is not announced is refused" + InBrackets(shown);
}

}  // namespace

std::string DescribeFacet(const Rule& rule, Facet facet, const Surroundings& surroundings) {
  if (!rule.Knows(facet)) return {};
  const Shown& shown = rule.At(facet);
  switch (facet) {
    case Facet::kReach:
      return Reach(shown, surroundings);
    case Facet::kAdmission:
      return shown.value == "admitted" ? "this client is admitted"
                                       : "this client is turned away" + InBrackets(shown);
    case Facet::kMiddlebox:
      return Middlebox(shown, surroundings);
    case Facet::kStartTls:
      return StartTls(shown);
    case Facet::kTls:
      return Tls(shown);
    case Facet::kAuthPlain:
      return Offer(shown, "in the clear");
    case Facet::kAuthTls:
      return Offer(shown, rule.Knows(Facet::kStartTls) ? "after STARTTLS" : "inside TLS");
    case Facet::kAnonymousOwn:
      return Cell(shown, "own recipients", "without login");
    case Facet::kAnonymousForeign:
      return Cell(shown, "foreign recipients", "without login");
    case Facet::kBlindAuth:
      return BlindAuth(shown);
    case Facet::kLogin:
      return Login(shown);
    case Facet::kAuthenticatedOwn:
      return Cell(shown, "own recipients", "after login");
    case Facet::kAuthenticatedForeign:
      return Cell(shown, "foreign recipients", "after login");
    case Facet::kAfterPopOwn:
      return Cell(shown, "own recipients", "after a POP login");
    case Facet::kAfterPopForeign:
      return Cell(shown, "foreign recipients", "after a POP login");
    case Facet::kVerification:
      return shown.value == "verified" ? "the certificate verifies"
                                       : "the certificate does not verify: " + shown.value;
    case Facet::kIssuer:
      return "the certificate is issued by " + shown.value;
    case Facet::kNames:
      return "the certificate is for " + shown.value;
  }
  return {};
}

std::string DescribeFacets(const Rule& rule, FacetMask facets, const Surroundings& surroundings) {
  std::string words;
  for (std::size_t i = 0; i < kFacetCount; ++i) {
    if ((facets & Bit(FacetAt(i))) == 0) continue;
    const std::string facet = DescribeFacet(rule, FacetAt(i), surroundings);
    if (facet.empty()) continue;
    words.append(words.empty() ? "" : ", ").append(facet);
  }
  return words;
}

}  // namespace relaywatch::collector::detect
