#include <fmt/format.h>

#include <algorithm>

#include "common/judge/advice.h"
#include "common/smtp/capabilities.h"
#include "common/taxonomy.h"

namespace relaywatch::judge {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
// A certificate that nobody renewed by then will not be renewed by itself.
constexpr std::int64_t kExpiryWarningDays = 21;

using Texts = std::vector<std::string>;

void TellInterception(const v1::Facts& facts, Texts& findings) {
  if (smtp::IsMaskedBanner(facts.greeting().text())) {
    findings.push_back("The greeting is masked: a firewall on the way inspects SMTP.");
  }
  const auto& lines = facts.plain().lines();
  if (facts.protocol() == v1::PROTOCOL_SMTP && lines.size() > 1 &&
      std::any_of(lines.begin() + 1, lines.end(), smtp::IsMaskedKeyword)) {
    findings.push_back("EHLO keywords are overwritten with X: a firewall on the way edits SMTP.");
  }
}

void TellCertificate(const v1::Facts& facts, std::int64_t now, Texts& findings) {
  const v1::TlsSession& tls = facts.tls();
  if (tls.verify_error() != v1::VERIFY_ERROR_UNSPECIFIED) {
    findings.push_back(fmt::format("The server's certificate does not verify: {}{}{}.",
                                   Label(tls.verify_error()),
                                   tls.verify_detail().empty() ? "" : ": ", tls.verify_detail()));
    return;
  }
  const std::int64_t not_after = tls.certificate().not_after();
  if (not_after <= 0 || not_after - now > kExpiryWarningDays * kSecondsPerDay) return;
  findings.push_back(not_after <= now ? std::string("The server's certificate has expired since.")
                                      : fmt::format("The server's certificate expires in {} days.",
                                                    (not_after - now) / kSecondsPerDay));
}

void TellRelay(const v1::Facts& facts, Texts& findings) {
  if (facts.anonymous().foreign().state() == v1::CELL_STATE_ACCEPTED &&
      facts.relay_expectation() == v1::RELAY_EXPECTATION_UNSPECIFIED) {
    findings.push_back(
        "A foreign recipient is accepted without login from here; no expectation is configured.");
  }
}

// Names the settings by which servers do it: docs/verdicts.md.
void TellBlindAuth(const v1::Facts& facts, Texts& findings) {
  constexpr std::uint32_t kBadSequence = 503;
  const v1::BlindAuth& blind = facts.blind_auth();
  if (blind.state() == v1::BLIND_AUTH_STATE_HIDDEN) {
    findings.push_back(
        "AUTH is hidden from here, not switched off: it works although it is not announced "
        "(Postfix: smtpd_sasl_exceptions_networks).");
  } else if (blind.reply().code() == kBadSequence) {
    findings.push_back(
        "AUTH is switched off for this client, not only hidden: the answer is 503 (Postfix: "
        "smtpd_sasl_auth_enable or smtpd_discard_ehlo_keyword_address_maps; Exim: "
        "auth_advertise_hosts).");
  } else if (blind.state() == v1::BLIND_AUTH_STATE_REFUSED) {
    findings.push_back(fmt::format("AUTH is not announced, and refused when sent: {} {}",
                                   blind.reply().code(), blind.reply().text()));
  }
}

std::string_view NoteInWords(int note) {
  switch (note) {
    case v1::NOTE_BARE_LF:
      return "Lines end with a bare line feed (RFC 5321 demands CR LF).";
    case v1::NOTE_ADDRESS_FALLBACK:
      return "An earlier address of the server did not answer; this is the next one.";
    case v1::NOTE_TEXT_TRUNCATED:
      return "A reply was longer than what is kept of it.";
    default:
      return "";
  }
}

}  // namespace

std::vector<std::string> Findings(const v1::Facts& facts, std::int64_t now) {
  Texts findings;
  TellRelay(facts, findings);
  TellBlindAuth(facts, findings);
  TellInterception(facts, findings);
  if (facts.helo_fallback()) {
    findings.push_back("The server refuses EHLO and takes HELO: no extension can be offered.");
  }
  TellCertificate(facts, now, findings);
  for (const int note : facts.notes()) {
    const std::string_view words = NoteInWords(note);
    if (!words.empty()) findings.emplace_back(words);
  }
  return findings;
}

}  // namespace relaywatch::judge
