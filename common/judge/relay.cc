#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

bool WasMeasured(const v1::RelayCells& cells) {
  return cells.own().state() != v1::CELL_STATE_UNSPECIFIED ||
         cells.foreign().state() != v1::CELL_STATE_UNSPECIFIED;
}

// A later login elsewhere cannot have changed what passes by itself.
bool IsLasting(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_GREYLISTED:
    case v1::VERDICT_TEMPORARY_FAILURE:
    case v1::VERDICT_RATE_LIMITED:
    case v1::VERDICT_SERVICE_UNAVAILABLE:
    case v1::VERDICT_TLS_REQUIRED:
      return false;
    default:
      return true;
  }
}

// Refused before a POP3 or IMAP login, accepted after it.
bool FlipsAfterPopLogin(const v1::Facts& facts) {
  const v1::RelayCells& before = facts.anonymous();
  const v1::RelayCells& after = facts.after_pop_login();
  return (IsRefused(before.foreign()) && IsAccepted(after.foreign())) ||
         (!IsRefused(before.foreign()) && IsRefused(before.own()) && IsAccepted(after.own()));
}

std::optional<Finding> JudgeAnonymous(const Dialogue& dialogue) {
  const v1::Facts& facts = dialogue.facts;
  if (dialogue.profile.logs_on_to_incoming_first && WasMeasured(facts.after_pop_login())) {
    return dialogue.reading.Cells(Sender::kAfterPopLogin);
  }
  auto finding = dialogue.reading.Cells(Sender::kAnonymous);
  if (finding && IsLasting(finding->verdict) && FlipsAfterPopLogin(facts)) {
    finding->verdict = v1::VERDICT_POP_BEFORE_SMTP;
  }
  return finding;
}

}  // namespace

std::optional<Finding> RelayRule(const Dialogue& dialogue) {
  if (!dialogue.reading.is_smtp()) return std::nullopt;
  if (!dialogue.profile.authenticates) return JudgeAnonymous(dialogue);
  if (!LoggedInLikeThisClient(dialogue)) return std::nullopt;
  return dialogue.reading.Cells(Sender::kAuthenticated);
}

std::optional<Finding> TransactionCutRule(const Dialogue& dialogue) {
  const bool in_transaction =
      dialogue.reading.cut_at() == v1::STAGE_MAIL || dialogue.reading.cut_at() == v1::STAGE_RCPT;
  if (!in_transaction || !dialogue.reading.is_smtp()) return std::nullopt;
  // The anonymous transaction comes first, so that a login means that the later one was cut.
  const v1::Facts& facts = dialogue.facts;
  const bool was_logged_in = facts.login().state() == v1::LOGIN_STATE_ACCEPTED;
  const bool is_ours = dialogue.profile.authenticates
                           ? LoggedInLikeThisClient(dialogue)
                           : !was_logged_in && !(dialogue.profile.logs_on_to_incoming_first &&
                                                 WasMeasured(facts.after_pop_login()));
  return is_ours ? CutAtStage(dialogue, dialogue.reading.cut_at()) : std::nullopt;
}

std::optional<Finding> TlsDemandedRule(const Dialogue& dialogue) {
  if (!dialogue.reading.is_smtp() || dialogue.reading.uses_tls() ||
      !dialogue.profile.authenticates || !OfferedMechanisms(dialogue).empty()) {
    return std::nullopt;
  }
  const auto finding = dialogue.reading.Cells(Sender::kAnonymous);
  if (!finding || finding->verdict != v1::VERDICT_TLS_REQUIRED) return std::nullopt;
  return finding;
}

std::optional<Finding> OpenRelayRule(const Dialogue& dialogue) {
  const v1::Facts& facts = dialogue.facts;
  if (!dialogue.reading.is_smtp() || !IsAccepted(facts.anonymous().foreign()) ||
      facts.relay_expectation() != v1::RELAY_EXPECTATION_REFUSED) {
    return std::nullopt;
  }
  return Finding{v1::VERDICT_RELAY_OPEN, v1::STAGE_RCPT};
}

}  // namespace relaywatch::judge
