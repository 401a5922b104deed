#include "tests/unit/judge/facts_builder.h"

#include <cassert>

#include "common/smtp/capabilities.h"
#include "common/taxonomy.h"

namespace relaywatch::judge {
namespace {

void SetReply(v1::Reply& reply, int code, std::string enhanced, std::string text) {
  reply.set_code(static_cast<std::uint32_t>(code));
  reply.set_enhanced(std::move(enhanced));
  reply.set_text(std::move(text));
}

void Refuse(v1::RelayCell& cell, v1::Stage at, int code, std::string enhanced, std::string text) {
  cell.set_state(v1::CELL_STATE_REFUSED);
  cell.set_at(at);
  SetReply(*cell.mutable_reply(), code, std::move(enhanced), std::move(text));
}

}  // namespace

FactsBuilder::FactsBuilder(v1::Protocol protocol, v1::Security security, std::uint32_t port) {
  facts_.set_protocol(protocol);
  facts_.set_security(security);
  facts_.set_port(port);
  facts_.set_stage(v1::STAGE_QUIT);
  facts_.set_ending(v1::ENDING_QUIT);
}

FactsBuilder& FactsBuilder::Cut(v1::Stage stage, v1::Failure failure, std::string detail) {
  facts_.set_stage(stage);
  facts_.set_failure(failure);
  facts_.set_detail(std::move(detail));
  facts_.set_ending(v1::ENDING_ERROR);
  return *this;
}

FactsBuilder& FactsBuilder::Refused(v1::Stage stage, int code, std::string enhanced,
                                    std::string text) {
  facts_.set_stage(stage);
  facts_.set_failure(v1::FAILURE_REFUSED);
  SetReply(*facts_.mutable_refusal(), code, std::move(enhanced), std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::Greeting(std::string text) {
  SetReply(*facts_.mutable_greeting(), facts_.protocol() == v1::PROTOCOL_SMTP ? 220 : 0, "",
           std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::Plain(const Lines& lines) {
  v1::Capabilities& answer = *facts_.mutable_plain();
  for (const std::string& line : lines) answer.add_lines(line);
  facts_.mutable_starttls()->set_offered(smtp::OffersStartTls(answer, facts_.protocol()));
  return *this;
}

FactsBuilder& FactsBuilder::HeloFallback() {
  facts_.mutable_plain();
  facts_.set_helo_fallback(true);
  return *this;
}

FactsBuilder& FactsBuilder::StartTls(int code, std::string text) {
  SetReply(*facts_.mutable_starttls()->mutable_reply(), code, "", std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::Certificate(v1::VerifyError error) {
  facts_.mutable_tls()->set_version("TLSv1.3");
  facts_.mutable_tls()->set_verify_error(error);
  return *this;
}

FactsBuilder& FactsBuilder::InTls(const Lines& lines) {
  facts_.mutable_tls()->set_version("TLSv1.3");
  for (const std::string& line : lines) facts_.mutable_tls_capabilities()->add_lines(line);
  return *this;
}

FactsBuilder& FactsBuilder::LoginAccepted(std::string mechanism) {
  facts_.mutable_login()->set_state(v1::LOGIN_STATE_ACCEPTED);
  facts_.mutable_login()->set_mechanism(std::move(mechanism));
  return *this;
}

FactsBuilder& FactsBuilder::LoginRefused(std::string mechanism, int code, std::string enhanced,
                                         std::string text) {
  facts_.mutable_login()->set_state(v1::LOGIN_STATE_REFUSED);
  facts_.mutable_login()->set_mechanism(std::move(mechanism));
  SetReply(*facts_.mutable_login()->mutable_reply(), code, std::move(enhanced), std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::UnknownMechanism(std::string mechanism) {
  facts_.mutable_login()->add_unknown_mechanisms(std::move(mechanism));
  return *this;
}

FactsBuilder& FactsBuilder::OwnAccepted() {
  cells_()->mutable_own()->set_state(v1::CELL_STATE_ACCEPTED);
  return *this;
}

FactsBuilder& FactsBuilder::ForeignAccepted() {
  cells_()->mutable_foreign()->set_state(v1::CELL_STATE_ACCEPTED);
  return *this;
}

FactsBuilder& FactsBuilder::Own(int code, std::string enhanced, std::string text) {
  Refuse(*cells_()->mutable_own(), v1::STAGE_RCPT, code, std::move(enhanced), std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::Foreign(int code, std::string enhanced, std::string text) {
  Refuse(*cells_()->mutable_foreign(), v1::STAGE_RCPT, code, std::move(enhanced), std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::Mail(int code, std::string enhanced, std::string text) {
  Refuse(*cells_()->mutable_own(), v1::STAGE_MAIL, code, enhanced, text);
  Refuse(*cells_()->mutable_foreign(), v1::STAGE_MAIL, code, std::move(enhanced), std::move(text));
  return *this;
}

FactsBuilder& FactsBuilder::Authenticated() {
  which_ = &v1::Facts::mutable_authenticated;
  return *this;
}

FactsBuilder& FactsBuilder::AfterPopLogin() {
  which_ = &v1::Facts::mutable_after_pop_login;
  return *this;
}

FactsBuilder& FactsBuilder::Expect(v1::RelayExpectation expectation) {
  facts_.set_relay_expectation(expectation);
  return *this;
}

FactsBuilder Smtp(v1::Security security, std::uint32_t port) {
  return {v1::PROTOCOL_SMTP, security, port};
}
FactsBuilder Pop3(v1::Security security, std::uint32_t port) {
  return {v1::PROTOCOL_POP3, security, port};
}
FactsBuilder Imap(v1::Security security, std::uint32_t port) {
  return {v1::PROTOCOL_IMAP, security, port};
}

Judgement JudgeAs(const std::string& profile, const v1::Facts& facts) {
  const ClientProfile* found = FindBuiltInProfile(profile);
  assert(found != nullptr);
  return Judge(facts, *found);
}

std::string Told(const Judgement& judgement) {
  std::string line(Label(judgement.verdict));
  if (judgement.stage != v1::STAGE_UNSPECIFIED) line += "@" + std::string(Label(judgement.stage));
  for (const v1::Verdict also : judgement.also) line += " also " + std::string(Label(also));
  return line;
}

std::string ToldAs(const std::string& profile, const v1::Facts& facts) {
  return Told(JudgeAs(profile, facts));
}

}  // namespace relaywatch::judge
