#include <fmt/format.h>

#include "collector/detect/answer.h"
#include "common/judge/reply_pattern.h"
#include "common/judge/reply_rules.h"
#include "common/taxonomy.h"

namespace relaywatch::collector::detect {
namespace {

constexpr std::uint32_t kPermanent = 5;

// Some servers tell a lasting rule with a 4xx: Postfix's default to strangers is 454 4.7.1.
bool IsRuleInAnyClass(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_RELAY_DENIED:
    case v1::VERDICT_AUTH_REQUIRED:
    case v1::VERDICT_POP_BEFORE_SMTP:
    case v1::VERDICT_TLS_REQUIRED:
      return true;
    default:
      return false;
  }
}

bool IsTemporary(v1::Verdict verdict) {
  return verdict == v1::VERDICT_GREYLISTED || verdict == v1::VERDICT_TEMPORARY_FAILURE ||
         verdict == v1::VERDICT_RATE_LIMITED || verdict == v1::VERDICT_SERVICE_UNAVAILABLE;
}

bool PutsOff(v1::Verdict verdict, const v1::Reply& reply) {
  if (IsTemporary(verdict)) return true;
  return reply.code() != 0 && reply.code() / 100 != kPermanent && !IsRuleInAnyClass(verdict);
}

std::string CodeOf(const v1::Reply& reply) {
  if (reply.code() == 0) return {};
  const judge::EnhancedCode enhanced = judge::EnhancedCodeOf(reply);
  if (enhanced.cls == 0) return fmt::format("{}", reply.code());
  return fmt::format("{} {}.{}.{}", reply.code(), enhanced.cls, enhanced.subject, enhanced.detail);
}

struct CellFacets {
  judge::Sender sender;
  Facet own;
  Facet foreign;
};

constexpr CellFacets kCells[] = {
    {judge::Sender::kAnonymous, Facet::kAnonymousOwn, Facet::kAnonymousForeign},
    {judge::Sender::kAuthenticated, Facet::kAuthenticatedOwn, Facet::kAuthenticatedForeign},
    {judge::Sender::kAfterPopLogin, Facet::kAfterPopOwn, Facet::kAfterPopForeign},
};

v1::Verdict RefusalOf(const judge::Reading& reading, const v1::RelayCell& cell,
                      judge::Sender sender, bool own_recipient_passed) {
  const v1::Stage stage = cell.at() == v1::STAGE_MAIL ? v1::STAGE_MAIL : v1::STAGE_RCPT;
  return judge::DecidingRule(cell.reply(), {.stage = stage,
                                            .auth_offered = reading.OffersAuth(),
                                            .after_login = sender == judge::Sender::kAuthenticated,
                                            .own_recipient_passed = own_recipient_passed})
      .verdict;
}

bool ReadOwn(const judge::Reading& reading, const v1::RelayCell& own, const CellFacets& facets,
             Rule& rule) {
  if (judge::IsAccepted(own)) rule.Set(facets.own, "accepted");
  if (!judge::IsRefused(own)) return false;
  return !SetRefusal(rule, facets.own, RefusalOf(reading, own, facets.sender, false), own.reply());
}

bool ReadForeign(const judge::Reading& reading, const v1::RelayCells& cells,
                 const CellFacets& facets, Rule& rule) {
  if (judge::IsAccepted(cells.foreign())) rule.Set(facets.foreign, "accepted");
  if (!judge::IsRefused(cells.foreign())) return false;
  const bool own_passed = judge::IsAccepted(cells.own());
  const v1::Verdict verdict = RefusalOf(reading, cells.foreign(), facets.sender, own_passed);
  // A 5xx without words means "not to strangers" only where the own recipient passed: while that
  // one is put off, nobody knows.
  const bool own_is_open = judge::IsRefused(cells.own()) && !rule.Knows(facets.own);
  if (verdict == v1::VERDICT_RECIPIENT_REFUSED && own_is_open) return true;
  return !SetRefusal(rule, facets.foreign, verdict, cells.foreign().reply());
}

bool ReadLogin(const judge::Reading& reading, Rule& rule) {
  const v1::Login& login = reading.facts().login();
  if (login.state() == v1::LOGIN_STATE_ACCEPTED) rule.Set(Facet::kLogin, "accepted");
  if (login.state() != v1::LOGIN_STATE_REFUSED) return false;
  return !SetRefusal(rule, Facet::kLogin, reading.LoginRefusal(), login.reply());
}

void ReadBlindAuth(const v1::BlindAuth& blind, Rule& rule) {
  if (blind.state() == v1::BLIND_AUTH_STATE_HIDDEN) rule.Set(Facet::kBlindAuth, "hidden");
  if (blind.state() == v1::BLIND_AUTH_STATE_REFUSED && blind.reply().code() / 100 == kPermanent) {
    rule.Set(Facet::kBlindAuth, fmt::format("refused:{}", blind.reply().code()),
             CodeOf(blind.reply()));
  }
}

}  // namespace

bool SetRefusal(Rule& rule, Facet facet, v1::Verdict verdict, const v1::Reply& reply) {
  if (PutsOff(verdict, reply)) return false;
  const std::uint32_t cls = reply.code() == 0 ? kPermanent : reply.code() / 100;
  rule.Set(facet, fmt::format("refused:{}:{}", relaywatch::Label(verdict), cls), CodeOf(reply));
  return true;
}

bool ReadTransactions(const judge::Reading& reading, Rule& rule) {
  bool put_off = ReadLogin(reading, rule);
  ReadBlindAuth(reading.facts().blind_auth(), rule);
  for (const CellFacets& facets : kCells) {
    const v1::RelayCells& cells = judge::CellsOf(reading.facts(), facets.sender);
    put_off |= ReadOwn(reading, cells.own(), facets, rule);
    put_off |= ReadForeign(reading, cells, facets, rule);
  }
  return put_off;
}

}  // namespace relaywatch::collector::detect
