#include "agent/probe/smtp_dialogue.h"

#include <algorithm>
#include <utility>

#include "agent/probe/reply.h"
#include "common/smtp/capabilities.h"

namespace relaywatch::probe {
namespace {

constexpr int kServiceReady = 220;
constexpr int kServiceClosing = 421;

}  // namespace

SmtpDialogue::SmtpDialogue(const Request& request, const TlsContext& tls, std::string ehlo_name,
                           Connection& connection, Recorder& recorder)
    : request_(request),
      tls_context_(tls),
      ehlo_name_(std::move(ehlo_name)),
      connection_(connection),
      recorder_(recorder),
      exchange_(connection, recorder, request.limits) {}

asio::awaitable<void> SmtpDialogue::Run() {
  const bool complete = co_await Stages();
  const v1::Failure failure = recorder_.facts().failure();
  if (complete) {
    recorder_.Enter(v1::STAGE_QUIT);
  } else if (failure == v1::FAILURE_UNSPECIFIED || failure == v1::FAILURE_REFUSED) {
    recorder_.EnterCourtesyQuit();
  } else {
    co_return;
  }
  co_await Quit();
}

// False: something decided the dialogue before its end. Each co_await, here and below, is a
// statement of its own: g++ 12 makes crashing code of some that stand in conditions.
asio::awaitable<bool> SmtpDialogue::Stages() {
  bool goes_on = true;
  if (request_.security == v1::SECURITY_TLS) goes_on = co_await Handshake();
  if (goes_on) goes_on = co_await Greeting();
  if (goes_on) goes_on = co_await Hello(in_tls_ ? v1::STAGE_EHLO2 : v1::STAGE_EHLO);
  if (goes_on && MayStartTls()) {
    goes_on = co_await StartTls();
    if (goes_on) goes_on = co_await Hello(v1::STAGE_EHLO2);
  }
  if (goes_on) goes_on = co_await RelayTest();
  if (goes_on) goes_on = co_await NothingUnasked();
  co_return goes_on;
}

asio::awaitable<bool> SmtpDialogue::Greeting() {
  recorder_.Enter(v1::STAGE_BANNER);
  SmtpReplyParser parser(exchange_.reply_limits(), SmtpReplyParser::Kind::kGreeting);
  const Fault fault = co_await exchange_.Read(parser, request_.limits.banner);
  if (fault) co_return Stop(fault);
  const RawReply reply = parser.TakeReply();
  *recorder_.facts().mutable_greeting() = recorder_.Store(reply);
  if (reply.code >= 400) co_return Refused(reply);
  co_return IsAnswer(reply);
}

// EHLO, or HELO where the server refuses EHLO as a whole (RFC 5321, section 3.2).
asio::awaitable<bool> SmtpDialogue::Hello(v1::Stage stage) {
  std::optional<RawReply> reply = co_await Ask(stage, Verb::kEhlo, ehlo_name_);
  if (!reply) co_return false;
  if (reply->Positive()) {
    RememberHello(stage, recorder_.StoreCapabilities(*reply));
    co_return true;
  }
  if (reply->code >= 500) {
    reply = co_await Ask(stage, Verb::kHelo, ehlo_name_);
    if (!reply) co_return false;
    if (reply->Positive()) {
      recorder_.facts().set_helo_fallback(true);
      RememberHello(stage, v1::Capabilities());
      co_return true;
    }
  }
  co_return Refused(*reply);
}

void SmtpDialogue::RememberHello(v1::Stage stage, const v1::Capabilities& capabilities) {
  v1::Facts& facts = recorder_.facts();
  if (stage == v1::STAGE_EHLO2) {
    *facts.mutable_tls_capabilities() = capabilities;
  } else {
    *facts.mutable_plain() = capabilities;
    facts.mutable_starttls()->set_offered(smtp::OffersStartTls(capabilities, v1::PROTOCOL_SMTP));
  }
  if (capabilities.lines().empty()) return;
  if (auto address = smtp::EchoedAddress(capabilities.lines(0))) {
    facts.set_egress_address(*std::move(address));
  }
}

// AUTO goes on in plain where STARTTLS is not offered.
bool SmtpDialogue::MayStartTls() const {
  if (request_.security == v1::SECURITY_STARTTLS) return true;
  return request_.security == v1::SECURITY_AUTO && recorder_.facts().starttls().offered();
}

asio::awaitable<bool> SmtpDialogue::StartTls() {
  v1::StartTls& fact = *recorder_.facts().mutable_starttls();
  if (!fact.offered()) {
    recorder_.Enter(v1::STAGE_STARTTLS);
    co_return false;
  }
  const std::optional<RawReply> reply = co_await Ask(v1::STAGE_STARTTLS, Verb::kStartTls);
  if (!reply) co_return false;
  *fact.mutable_reply() = recorder_.Store(*reply);
  if (reply->code != kServiceReady) co_return false;
  // Whatever follows the reply in the clear would be taken for the server's first words inside TLS
  // by a careless client (CVE-2011-0411).
  if (exchange_.HasUnasked()) {
    const Fault fault{v1::FAILURE_SMUGGLED_BYTES, "plaintext behind the reply to STARTTLS"};
    co_return Stop(fault);
  }
  co_return co_await Handshake();
}

asio::awaitable<bool> SmtpDialogue::Handshake() {
  recorder_.Enter(v1::STAGE_TLS);
  const std::string& name = request_.server_name.empty() ? request_.host : request_.server_name;
  const Fault fault = co_await connection_.Handshake(tls_context_, name, request_.limits.tls);
  if (fault) co_return Stop(fault);
  in_tls_ = true;
  v1::TlsSession& session = *recorder_.facts().mutable_tls();
  session = connection_.TlsFacts();
  recorder_.Remark(session.version() + " begins");
  co_return true;
}

asio::awaitable<bool> SmtpDialogue::RelayTest() {
  const struct RelayTest& test = request_.relay_test;
  if (test.from.empty() || (test.own.empty() && test.foreign.empty())) co_return true;
  const std::optional<RawReply> reply = co_await Ask(v1::STAGE_MAIL, Verb::kMail, test.from);
  if (!reply) co_return false;
  if (!reply->Positive()) {
    RefuseCells(*reply);
    co_return true;
  }
  v1::RelayCells& cells = *recorder_.facts().mutable_anonymous();
  if (!test.own.empty()) {
    *cells.mutable_own() = co_await RelayRecipient(test.own);
    if (recorder_.failed()) co_return false;
  }
  if (!test.foreign.empty()) {
    *cells.mutable_foreign() = co_await RelayRecipient(test.foreign);
    if (recorder_.failed()) co_return false;
  }
  const std::optional<RawReply> reset = co_await Ask(v1::STAGE_RCPT, Verb::kRset);
  co_return reset.has_value();
}

asio::awaitable<v1::RelayCell> SmtpDialogue::RelayRecipient(const std::string& mailbox) {
  v1::RelayCell cell;
  const std::optional<RawReply> reply = co_await Ask(v1::STAGE_RCPT, Verb::kRcpt, mailbox);
  if (!reply) co_return cell;
  cell.set_state(reply->Positive() ? v1::CELL_STATE_ACCEPTED : v1::CELL_STATE_REFUSED);
  if (!reply->Positive()) {
    cell.set_at(v1::STAGE_RCPT);
    *cell.mutable_reply() = recorder_.Store(*reply);
  }
  co_return cell;
}

// A refused MAIL refuses every recipient that would have followed.
void SmtpDialogue::RefuseCells(const RawReply& reply) {
  v1::RelayCell refused;
  refused.set_state(v1::CELL_STATE_REFUSED);
  refused.set_at(v1::STAGE_MAIL);
  *refused.mutable_reply() = recorder_.Store(reply);
  v1::RelayCells& cells = *recorder_.facts().mutable_anonymous();
  if (!request_.relay_test.own.empty()) *cells.mutable_own() = refused;
  if (!request_.relay_test.foreign.empty()) *cells.mutable_foreign() = refused;
}

// Whatever becomes of it changes nothing that was seen: the end was ours.
asio::awaitable<void> SmtpDialogue::Quit() {
  constexpr std::chrono::milliseconds kPatience{2'000};
  recorder_.facts().set_ending(v1::ENDING_QUIT);
  SmtpReplyParser parser(exchange_.reply_limits());
  Fault fault = co_await exchange_.Send(Verb::kQuit, {});
  if (!fault) fault = co_await exchange_.Read(parser, std::min(request_.limits.reply, kPatience));
  if (fault) recorder_.Remark(fault.detail);
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::Ask(v1::Stage stage, Verb verb,
                                                           std::string_view argument) {
  const bool may_speak = co_await NothingUnasked();
  if (!may_speak) co_return std::nullopt;
  recorder_.Enter(stage);
  SmtpReplyParser parser(exchange_.reply_limits());
  Fault fault = co_await exchange_.Send(verb, argument);
  if (!fault) fault = co_await exchange_.Read(parser, request_.limits.reply);
  if (fault) {
    recorder_.Fail(fault);
    co_return std::nullopt;
  }
  RawReply reply = parser.TakeReply();
  if (reply.code == kServiceClosing) recorder_.Refuse(recorder_.Store(reply));
  if (recorder_.failed() || !IsAnswer(reply)) co_return std::nullopt;
  co_return reply;
}

bool SmtpDialogue::IsAnswer(const RawReply& reply) {
  if (reply.code < 300 || reply.code >= 400) return true;
  return Stop({v1::FAILURE_GRAMMAR, "unexpected reply " + std::to_string(reply.code)});
}

bool SmtpDialogue::Stop(const Fault& fault) {
  recorder_.Fail(fault);
  return false;
}

bool SmtpDialogue::Refused(const RawReply& reply) {
  recorder_.Refuse(recorder_.Store(reply));
  return false;
}

// Nothing may have been said since the last reply, but for a 421: that a server may say at any time
// (RFC 5321, section 3.8).
asio::awaitable<bool> SmtpDialogue::NothingUnasked() {
  if (!exchange_.HasUnasked()) co_return true;
  constexpr std::string_view kClosing = "421";
  const std::string_view start = exchange_.unread().substr(0, kClosing.size());
  if (kClosing.starts_with(start)) {
    SmtpReplyParser parser(exchange_.reply_limits());
    const Fault fault = co_await exchange_.Read(parser, request_.limits.reply);
    if (!fault && parser.reply().code == kServiceClosing) co_return Refused(parser.reply());
  }
  const Fault early{v1::FAILURE_EARLY_BYTES, "bytes before a command was sent"};
  co_return Stop(early);
}

}  // namespace relaywatch::probe
