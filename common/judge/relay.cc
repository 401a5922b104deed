#include "common/judge/reply_rules.h"
#include "common/judge/stages.h"

namespace relaywatch::judge {
namespace {

bool IsRefused(const v1::RelayCell& cell) { return cell.state() == v1::CELL_STATE_REFUSED; }
bool IsAccepted(const v1::RelayCell& cell) { return cell.state() == v1::CELL_STATE_ACCEPTED; }

bool WasMeasured(const v1::RelayCells& cells) {
  return cells.own().state() != v1::CELL_STATE_UNSPECIFIED ||
         cells.foreign().state() != v1::CELL_STATE_UNSPECIFIED;
}

// Who stands behind a pair of cells.
enum class Sender { kAnonymous, kLoggedIn };

Finding RefusedCell(const Dialogue& dialogue, const v1::RelayCell& cell, Sender sender,
                    bool own_recipient_passed) {
  const v1::Stage stage = cell.at() == v1::STAGE_MAIL ? v1::STAGE_MAIL : v1::STAGE_RCPT;
  const ReplyContext context{.stage = stage,
                             .auth_offered = OffersAuth(dialogue),
                             .after_login = sender == Sender::kLoggedIn,
                             .own_recipient_passed = own_recipient_passed};
  return {DecidingRule(cell.reply(), context).verdict, stage};
}

// Mail goes abroad, so the foreign recipient decides; the own one speaks where that one is silent.
std::optional<Finding> JudgeCells(const Dialogue& dialogue, const v1::RelayCells& cells,
                                  Sender sender) {
  if (IsRefused(cells.foreign())) {
    return RefusedCell(dialogue, cells.foreign(), sender, IsAccepted(cells.own()));
  }
  if (IsRefused(cells.own())) return RefusedCell(dialogue, cells.own(), sender, false);
  return std::nullopt;
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
    return JudgeCells(dialogue, facts.after_pop_login(), Sender::kAnonymous);
  }
  auto finding = JudgeCells(dialogue, facts.anonymous(), Sender::kAnonymous);
  if (finding && IsLasting(finding->verdict) && FlipsAfterPopLogin(facts)) {
    finding->verdict = v1::VERDICT_POP_BEFORE_SMTP;
  }
  return finding;
}

}  // namespace

std::optional<Finding> RelayRule(const Dialogue& dialogue) {
  if (!dialogue.is_smtp) return std::nullopt;
  if (!dialogue.profile.authenticates) return JudgeAnonymous(dialogue);
  if (!LoggedInLikeThisClient(dialogue)) return std::nullopt;
  return JudgeCells(dialogue, dialogue.facts.authenticated(), Sender::kLoggedIn);
}

std::optional<Finding> TransactionCutRule(const Dialogue& dialogue) {
  const bool in_transaction =
      dialogue.cut_at == v1::STAGE_MAIL || dialogue.cut_at == v1::STAGE_RCPT;
  if (!in_transaction || !dialogue.is_smtp) return std::nullopt;
  // The anonymous transaction comes first, so that a login means that the later one was cut.
  const v1::Facts& facts = dialogue.facts;
  const bool was_logged_in = facts.login().state() == v1::LOGIN_STATE_ACCEPTED;
  const bool is_ours = dialogue.profile.authenticates
                           ? LoggedInLikeThisClient(dialogue)
                           : !was_logged_in && !(dialogue.profile.logs_on_to_incoming_first &&
                                                 WasMeasured(facts.after_pop_login()));
  return is_ours ? CutAtStage(dialogue, dialogue.cut_at) : std::nullopt;
}

std::optional<Finding> TlsDemandedRule(const Dialogue& dialogue) {
  if (!dialogue.is_smtp || dialogue.uses_tls || !dialogue.profile.authenticates ||
      !OfferedMechanisms(dialogue).empty()) {
    return std::nullopt;
  }
  const auto finding = JudgeCells(dialogue, dialogue.facts.anonymous(), Sender::kAnonymous);
  if (!finding || finding->verdict != v1::VERDICT_TLS_REQUIRED) return std::nullopt;
  return finding;
}

std::optional<Finding> OpenRelayRule(const Dialogue& dialogue) {
  const v1::Facts& facts = dialogue.facts;
  if (!dialogue.is_smtp || !IsAccepted(facts.anonymous().foreign()) ||
      facts.relay_expectation() != v1::RELAY_EXPECTATION_REFUSED) {
    return std::nullopt;
  }
  return Finding{v1::VERDICT_RELAY_OPEN, v1::STAGE_RCPT};
}

}  // namespace relaywatch::judge
