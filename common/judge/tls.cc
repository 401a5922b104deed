#include "common/judge/reply_rules.h"
#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

constexpr std::uint32_t kReadyToStartTls = 220;

bool IsStartTlsRefused(const Dialogue& dialogue) {
  const v1::Facts& facts = dialogue.facts;
  if (!facts.starttls().has_reply()) return false;
  const std::uint32_t code = facts.starttls().reply().code();
  if (code != 0) return code != kReadyToStartTls;
  // POP3 and IMAP have no codes: what follows tells whether the server was willing.
  return !facts.has_tls() &&
         (facts.failure() == v1::FAILURE_UNSPECIFIED || facts.failure() == v1::FAILURE_REFUSED);
}

}  // namespace

std::optional<Finding> StartTlsRule(const Dialogue& dialogue) {
  const v1::Facts& facts = dialogue.facts;
  if (facts.security() == v1::SECURITY_STARTTLS && facts.has_plain() &&
      !facts.starttls().offered() && !facts.has_tls()) {
    return Finding{v1::VERDICT_STARTTLS_MISSING, v1::STAGE_STARTTLS};
  }
  if (dialogue.reading.uses_tls() && IsStartTlsRefused(dialogue)) {
    const ReplyContext context{.stage = v1::STAGE_STARTTLS};
    return Finding{DecidingRule(facts.starttls().reply(), context).verdict, v1::STAGE_STARTTLS};
  }
  return CutAtStage(dialogue, v1::STAGE_STARTTLS);
}

std::optional<Finding> HandshakeRule(const Dialogue& dialogue) {
  return CutAtStage(dialogue, v1::STAGE_TLS);
}

std::optional<Finding> CertificateRule(const Dialogue& dialogue) {
  if (dialogue.facts.tls().verify_error() == v1::VERIFY_ERROR_UNSPECIFIED) return std::nullopt;
  return Finding{v1::VERDICT_CERTIFICATE_INVALID, v1::STAGE_TLS};
}

std::optional<Finding> EhloInTlsRule(const Dialogue& dialogue) {
  return CutAtStage(dialogue, v1::STAGE_EHLO2);
}

}  // namespace relaywatch::judge
