#include "collector/detect/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/judge/reply_rules.h"
#include "common/smtp/capabilities.h"
#include "common/taxonomy.h"

namespace relaywatch::collector::detect {
namespace {

// TLS by RFC 3207's code; POP3 and IMAP have none.
constexpr std::uint32_t kReadyToStartTls = 220;

bool IsAtConnect(const judge::Reading& reading) {
  return reading.cut_at() == v1::STAGE_CONNECT || reading.cut_at() == v1::STAGE_RESOLVE;
}

// True where the answer ends here.
bool ReadReach(const judge::Reading& reading, Answer& answer) {
  const v1::Facts& facts = reading.facts();
  if (facts.failure() == v1::FAILURE_CONNECT_REFUSED) {
    answer.rule.Set(Facet::kReach, "refused");
    answer.kind = AnswerKind::kDefinite;
    return true;
  }
  if (IsAtConnect(reading)) {
    const bool fell_silent = facts.failure() == v1::FAILURE_CONNECT_TIMEOUT ||
                             facts.failure() == v1::FAILURE_CONNECT_UNREACHABLE;
    answer.kind = fell_silent ? AnswerKind::kConnectFailure : AnswerKind::kIndefinite;
    return true;
  }
  const bool spoke = facts.has_greeting() || facts.has_tls() || facts.has_refusal() ||
                     facts.failure() == v1::FAILURE_TLS_HANDSHAKE ||
                     facts.failure() == v1::FAILURE_TLS_PLAINTEXT ||
                     facts.failure() == v1::FAILURE_FOREIGN_PROTOCOL;
  if (spoke) answer.rule.Set(Facet::kReach, "open");
  return !spoke;
}

// The client's address is refused before it can ask for anything. True where that was put off.
bool ReadAdmission(const judge::Reading& reading, Rule& rule) {
  const v1::Facts& facts = reading.facts();
  const bool early = reading.cut_at() == v1::STAGE_BANNER || reading.cut_at() == v1::STAGE_EHLO;
  if (early && facts.failure() == v1::FAILURE_REFUSED) {
    return !SetRefusal(rule, Facet::kAdmission, reading.Refusal(), facts.refusal());
  }
  if (facts.has_plain() || facts.has_tls_capabilities()) rule.Set(Facet::kAdmission, "admitted");
  return false;
}

bool HasMaskedKeyword(const v1::Facts& facts) {
  const v1::Capabilities& answer = facts.has_plain() ? facts.plain() : facts.tls_capabilities();
  const auto& lines = answer.lines();
  return lines.size() > 1 && std::any_of(lines.begin() + 1, lines.end(), smtp::IsMaskedKeyword);
}

void ReadMiddlebox(const judge::Reading& reading, Rule& rule) {
  const v1::Facts& facts = reading.facts();
  if (facts.failure() == v1::FAILURE_FOREIGN_PROTOCOL) {
    rule.Set(Facet::kMiddlebox, "not_smtp");
  } else if (!reading.is_smtp()) {
    if (facts.has_plain() || facts.has_tls_capabilities()) rule.Set(Facet::kMiddlebox, "none");
  } else if (HasMaskedKeyword(facts)) {
    rule.Set(Facet::kMiddlebox, "masked_keywords");
  } else if (smtp::IsMaskedBanner(facts.greeting().text())) {
    rule.Set(Facet::kMiddlebox, "masked_banner");
  } else if (facts.has_plain() || facts.has_tls_capabilities()) {
    rule.Set(Facet::kMiddlebox, facts.helo_fallback() ? "helo_only" : "none");
  }
}

// True where the server puts STARTTLS off (454 TLS not available).
bool ReadStartTls(const judge::Reading& reading, Rule& rule) {
  const v1::Facts& facts = reading.facts();
  if (facts.security() == v1::SECURITY_TLS || !facts.has_plain()) return false;
  if (!facts.starttls().offered()) {
    rule.Set(Facet::kStartTls, "missing");
    return false;
  }
  const v1::Reply& reply = facts.starttls().reply();
  const bool refused = facts.starttls().has_reply() && reply.code() != kReadyToStartTls &&
                       (reply.code() != 0 || facts.failure() == v1::FAILURE_REFUSED);
  if (!refused) {
    rule.Set(Facet::kStartTls, "offered");
    return false;
  }
  return !SetRefusal(rule, Facet::kStartTls, v1::VERDICT_STARTTLS_REFUSED, reply);
}

void ReadTls(const v1::Facts& facts, Rule& rule) {
  if (facts.failure() == v1::FAILURE_TLS_HANDSHAKE) {
    rule.Set(Facet::kTls, "failed");
  } else if (facts.failure() == v1::FAILURE_TLS_PLAINTEXT) {
    rule.Set(Facet::kTls, "plaintext");
  } else if (!facts.tls().version().empty()) {
    rule.Set(Facet::kTls, facts.tls().version());
  }
}

// The same list in another order is the same offer; "AUTH=LOGIN" alone is another one, since some
// clients do not read that form.
std::string OfferOf(const v1::Capabilities& capabilities, v1::Protocol protocol) {
  const auto plain_form = smtp::AuthMechanisms(capabilities, protocol, {.equals_form = false});
  std::vector<std::string> all = smtp::AuthMechanisms(capabilities, protocol);
  std::sort(all.begin(), all.end());
  std::string offer;
  for (const std::string& mechanism : all) {
    if (!offer.empty()) offer += ' ';
    const bool is_read_by_all =
        std::find(plain_form.begin(), plain_form.end(), mechanism) != plain_form.end();
    offer.append(is_read_by_all ? "" : "=").append(mechanism);
  }
  return offer.empty() ? "none" : offer;
}

void ReadOffers(const v1::Facts& facts, Rule& rule) {
  if (facts.has_plain() && facts.security() != v1::SECURITY_TLS) {
    rule.Set(Facet::kAuthPlain, OfferOf(facts.plain(), facts.protocol()));
  }
  if (facts.has_tls_capabilities()) {
    rule.Set(Facet::kAuthTls, OfferOf(facts.tls_capabilities(), facts.protocol()));
  }
}

// "Let's Encrypt" out of "CN=R11,O=Let's Encrypt,C=US": authorities change intermediates at will.
std::string OrganisationOf(const std::string& issuer) {
  std::size_t begin = 0;
  if (!issuer.starts_with("O=")) {
    begin = issuer.find(",O=");
    if (begin == std::string::npos) return issuer;
    ++begin;
  }
  std::size_t end = begin + 2;
  while (end < issuer.size() && issuer[end] != ',') end += issuer[end] == '\\' ? 2 : 1;
  return issuer.substr(begin + 2, std::min(end, issuer.size()) - begin - 2);
}

void ReadCertificate(const v1::TlsSession& tls, Rule& rule) {
  if (!tls.has_certificate()) return;
  const bool verified = tls.verify_error() == v1::VERIFY_ERROR_UNSPECIFIED;
  rule.Set(Facet::kVerification, verified ? "verified" : relaywatch::Label(tls.verify_error()));
  rule.Set(Facet::kIssuer, OrganisationOf(tls.certificate().issuer()));
  std::vector<std::string> names(tls.certificate().names().begin(),
                                 tls.certificate().names().end());
  std::sort(names.begin(), names.end());
  rule.Set(Facet::kNames, fmt::format("{}", fmt::join(names, " ")));
}

bool IsPolicy(const Rule& rule) { return (rule.known() & ~Bit(Facet::kReach)) != 0; }

}  // namespace

Answer ReadAnswer(const v1::Facts& facts) {
  const judge::Reading reading(facts);
  Answer answer;
  if (ReadReach(reading, answer)) return answer;
  bool put_off = ReadAdmission(reading, answer.rule);
  ReadMiddlebox(reading, answer.rule);
  put_off |= ReadStartTls(reading, answer.rule);
  ReadTls(facts, answer.rule);
  ReadOffers(facts, answer.rule);
  ReadCertificate(facts.tls(), answer.rule);
  put_off |= ReadTransactions(reading, answer.rule);
  if (IsPolicy(answer.rule)) {
    answer.kind = AnswerKind::kDefinite;
  } else if (put_off || facts.failure() == v1::FAILURE_REFUSED) {
    answer.kind = AnswerKind::kDeferred;
  }
  return answer;
}

}  // namespace relaywatch::collector::detect
