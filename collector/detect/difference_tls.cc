#include <fmt/format.h>

#include "collector/detect/difference.h"

namespace relaywatch::collector::detect {
namespace {

std::string StartTls(const Pair& pair) {
  const Shown& before = pair.before.At(Facet::kStartTls);
  const Shown& after = pair.after.At(Facet::kStartTls);
  if (after.value == "missing") return "STARTTLS no longer offered";
  if (IsRefusal(after.value)) return "STARTTLS now offered but refused" + WithDetail(after);
  return before.value == "missing" ? "STARTTLS now offered" : "STARTTLS accepted again";
}

bool IsNoTls(const std::string& value) { return value == "failed" || value == "plaintext"; }

std::string Tls(const Pair& pair) {
  const std::string& before = pair.before.Value(Facet::kTls);
  const std::string& after = pair.after.Value(Facet::kTls);
  if (after == "failed") return "the TLS handshake now fails";
  if (after == "plaintext") return "plain text now comes in answer to TLS";
  if (IsNoTls(before)) {
    return fmt::format("the TLS handshake succeeds again ({})", TlsVersionInWords(after));
  }
  return fmt::format("{} now negotiated instead of {}", TlsVersionInWords(after),
                     TlsVersionInWords(before));
}

std::string Verification(const Pair& pair) {
  const std::string& after = pair.after.Value(Facet::kVerification);
  if (after == "verified") return "the certificate verifies again";
  if (after == "expired") return "the certificate has expired";
  if (after == "not_yet_valid") return "the certificate is not valid yet";
  if (after == "name_mismatch") return "the certificate is no longer for the name of the server";
  return fmt::format("the certificate no longer verifies: {}", after);
}

}  // namespace

std::string TlsVersionInWords(const std::string& version) {
  constexpr std::string_view kPrefix = "TLSv";
  return version.starts_with(kPrefix) ? "TLS " + version.substr(kPrefix.size()) : version;
}

void SayTls(const Pair& pair, Phrases& phrases) {
  if (pair.Differs(Facet::kStartTls)) phrases.push_back(StartTls(pair));
  if (pair.Differs(Facet::kTls)) phrases.push_back(Tls(pair));
}

void SayCertificate(const Pair& pair, Phrases& phrases) {
  if (pair.Differs(Facet::kVerification)) phrases.push_back(Verification(pair));
  if (pair.Differs(Facet::kIssuer)) {
    phrases.push_back(fmt::format("the certificate is now issued by {} instead of {}",
                                  pair.after.Value(Facet::kIssuer),
                                  pair.before.Value(Facet::kIssuer)));
  }
  if (pair.Differs(Facet::kNames)) {
    phrases.push_back(fmt::format("the certificate is now for {} instead of {}",
                                  pair.after.Value(Facet::kNames),
                                  pair.before.Value(Facet::kNames)));
  }
}

}  // namespace relaywatch::collector::detect
