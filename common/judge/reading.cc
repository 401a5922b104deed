#include "common/judge/reading.h"

#include "common/judge/reply_rules.h"

namespace relaywatch::judge {
namespace {

bool UsesTls(const v1::Facts& facts) {
  switch (facts.security()) {
    case v1::SECURITY_NONE:
      return false;
    case v1::SECURITY_STARTTLS:
    case v1::SECURITY_TLS:
      return true;
    default:
      return facts.has_tls() || facts.starttls().offered();
  }
}

const v1::Capabilities* Offer(const v1::Facts& facts, bool uses_tls) {
  if (uses_tls) return facts.has_tls_capabilities() ? &facts.tls_capabilities() : nullptr;
  return facts.has_plain() ? &facts.plain() : nullptr;
}

// The stage of the cut; by the kind of failure where the facts do not tell.
v1::Stage CutAt(const v1::Facts& facts) {
  if (facts.failure() == v1::FAILURE_UNSPECIFIED) return v1::STAGE_UNSPECIFIED;
  if (facts.stage() != v1::STAGE_UNSPECIFIED) return facts.stage();
  switch (facts.failure()) {
    case v1::FAILURE_NO_ADDRESS:
    case v1::FAILURE_DNS_NO_ANSWER:
      return v1::STAGE_RESOLVE;
    case v1::FAILURE_CONNECT_TIMEOUT:
    case v1::FAILURE_CONNECT_REFUSED:
    case v1::FAILURE_CONNECT_UNREACHABLE:
    case v1::FAILURE_LOCAL:
      return v1::STAGE_CONNECT;
    case v1::FAILURE_SMUGGLED_BYTES:
      return v1::STAGE_STARTTLS;
    case v1::FAILURE_TLS_PLAINTEXT:
    case v1::FAILURE_TLS_HANDSHAKE:
      return v1::STAGE_TLS;
    default:
      return v1::STAGE_BANNER;
  }
}

}  // namespace

const v1::RelayCells& CellsOf(const v1::Facts& facts, Sender sender) {
  switch (sender) {
    case Sender::kAuthenticated:
      return facts.authenticated();
    case Sender::kAfterPopLogin:
      return facts.after_pop_login();
    case Sender::kAnonymous:
      break;
  }
  return facts.anonymous();
}

bool IsRefused(const v1::RelayCell& cell) { return cell.state() == v1::CELL_STATE_REFUSED; }
bool IsAccepted(const v1::RelayCell& cell) { return cell.state() == v1::CELL_STATE_ACCEPTED; }

Reading::Reading(const v1::Facts& facts)
    : facts_(facts),
      is_smtp_(facts.protocol() != v1::PROTOCOL_POP3 && facts.protocol() != v1::PROTOCOL_IMAP),
      uses_tls_(UsesTls(facts)),
      offer_(Offer(facts, uses_tls_)),
      cut_at_(CutAt(facts)) {}

const std::vector<std::string>& Reading::Mechanisms(smtp::AuthReading reading) const {
  auto& known = mechanisms_[(reading.equals_form ? 2 : 0) + (reading.last_line_only ? 1 : 0)];
  if (!known) {
    known.emplace();
    if (offer_ != nullptr) known = smtp::AuthMechanisms(*offer_, facts_.protocol(), reading);
  }
  return *known;
}

v1::Verdict Reading::Refusal() const {
  if (!refusal_) {
    const ReplyContext context{.stage = cut_at_,
                               .auth_offered = OffersAuth(),
                               .after_login = facts_.login().state() == v1::LOGIN_STATE_ACCEPTED};
    refusal_ = DecidingRule(facts_.refusal(), context).verdict;
  }
  return *refusal_;
}

v1::Verdict Reading::LoginRefusal() const {
  if (!login_refusal_) {
    login_refusal_ = DecidingRule(facts_.login().reply(), {.stage = v1::STAGE_AUTH}).verdict;
  }
  return *login_refusal_;
}

std::optional<Finding> Reading::Cells(Sender sender) const {
  auto& known = cells_[static_cast<std::size_t>(sender)];
  if (!known) known = JudgeCells(sender);
  return *known;
}

// Mail goes abroad, so the foreign recipient decides; the own one speaks where that one is silent.
std::optional<Finding> Reading::JudgeCells(Sender sender) const {
  const v1::RelayCells& cells = CellsOf(facts_, sender);
  if (IsRefused(cells.foreign())) {
    return RefusedCell(cells.foreign(), sender, IsAccepted(cells.own()));
  }
  if (IsRefused(cells.own())) return RefusedCell(cells.own(), sender, false);
  return std::nullopt;
}

Finding Reading::RefusedCell(const v1::RelayCell& cell, Sender sender,
                             bool own_recipient_passed) const {
  const v1::Stage stage = cell.at() == v1::STAGE_MAIL ? v1::STAGE_MAIL : v1::STAGE_RCPT;
  const ReplyContext context{.stage = stage,
                             .auth_offered = OffersAuth(),
                             .after_login = sender == Sender::kAuthenticated,
                             .own_recipient_passed = own_recipient_passed};
  return {DecidingRule(cell.reply(), context).verdict, stage};
}

}  // namespace relaywatch::judge
