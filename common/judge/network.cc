#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

v1::Verdict VerdictOf(v1::Failure failure, v1::Stage stage) {
  const bool is_connected = stage > v1::STAGE_CONNECT;
  switch (failure) {
    case v1::FAILURE_NO_ADDRESS:
    case v1::FAILURE_DNS_NO_ANSWER:
      return v1::VERDICT_DNS_FAILURE;
    case v1::FAILURE_CONNECT_TIMEOUT:
      return v1::VERDICT_CONNECT_TIMEOUT;
    case v1::FAILURE_CONNECT_REFUSED:
      return v1::VERDICT_CONNECT_REFUSED;
    case v1::FAILURE_CONNECT_UNREACHABLE:
      return v1::VERDICT_CONNECT_UNREACHABLE;
    case v1::FAILURE_LOCAL:
      return is_connected ? v1::VERDICT_CONNECTION_LOST : v1::VERDICT_CONNECT_UNREACHABLE;
    case v1::FAILURE_CLOSED:
    case v1::FAILURE_RESET:
      return v1::VERDICT_CONNECTION_LOST;
    case v1::FAILURE_REPLY_TIMEOUT:
      if (stage == v1::STAGE_RESOLVE) return v1::VERDICT_DNS_FAILURE;
      return is_connected ? v1::VERDICT_REPLY_TIMEOUT : v1::VERDICT_CONNECT_TIMEOUT;
    case v1::FAILURE_FOREIGN_PROTOCOL:
    case v1::FAILURE_TLS_PLAINTEXT:
      return v1::VERDICT_NOT_SMTP;
    case v1::FAILURE_TLS_HANDSHAKE:
      return v1::VERDICT_TLS_FAILED;
    default:  // grammar, limits, bytes out of turn; and what a newer agent may add
      return v1::VERDICT_PROTOCOL_ERROR;
  }
}

bool HasMaskedKeyword(const v1::Facts& facts) {
  const v1::Capabilities& answer = facts.has_plain() ? facts.plain() : facts.tls_capabilities();
  for (int i = 1; i < answer.lines_size(); ++i) {  // line 0 is the server's greeting
    if (smtp::IsMaskedKeyword(answer.lines(i))) return true;
  }
  return false;
}

// Something that a middlebox is known to take away is not there.
bool IsStripped(const Dialogue& dialogue) {
  const v1::Facts& facts = dialogue.facts;
  const bool no_starttls =
      facts.security() != v1::SECURITY_TLS && facts.has_plain() && !facts.starttls().offered();
  return no_starttls || (dialogue.reading.offer() != nullptr && !dialogue.reading.OffersAuth());
}

}  // namespace

std::optional<Finding> CutAtStage(const Dialogue& dialogue, v1::Stage stage) {
  if (dialogue.reading.cut_at() != stage || stage == v1::STAGE_UNSPECIFIED) return std::nullopt;
  const v1::Facts& facts = dialogue.facts;
  if (facts.failure() != v1::FAILURE_REFUSED) {
    return Finding{VerdictOf(facts.failure(), stage), stage};
  }
  return Finding{dialogue.reading.Refusal(), stage};
}

std::optional<Finding> ResolveRule(const Dialogue& dialogue) {
  return CutAtStage(dialogue, v1::STAGE_RESOLVE);
}

std::optional<Finding> ConnectRule(const Dialogue& dialogue) {
  return CutAtStage(dialogue, v1::STAGE_CONNECT);
}

std::optional<Finding> BannerRule(const Dialogue& dialogue) {
  return CutAtStage(dialogue, v1::STAGE_BANNER);
}

std::optional<Finding> InterceptionRule(const Dialogue& dialogue) {
  if (!dialogue.reading.is_smtp() || dialogue.reading.cut_at() == v1::STAGE_BANNER)
    return std::nullopt;
  const v1::Facts& facts = dialogue.facts;
  const bool is_banner_masked = smtp::IsMaskedBanner(facts.greeting().text());
  if (HasMaskedKeyword(facts)) {
    return Finding{v1::VERDICT_INTERCEPTED, is_banner_masked ? v1::STAGE_BANNER : v1::STAGE_EHLO};
  }
  // A masked banner alone hurts nobody.
  const bool ehlo_failed = facts.helo_fallback() || dialogue.reading.cut_at() == v1::STAGE_EHLO;
  if (!is_banner_masked || !(ehlo_failed || IsStripped(dialogue))) return std::nullopt;
  return Finding{v1::VERDICT_INTERCEPTED, v1::STAGE_BANNER};
}

std::optional<Finding> EhloRule(const Dialogue& dialogue) {
  return CutAtStage(dialogue, v1::STAGE_EHLO);
}

}  // namespace relaywatch::judge
