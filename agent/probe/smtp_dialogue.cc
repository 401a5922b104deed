#include "agent/probe/smtp_dialogue.h"

#include <utility>

#include "agent/probe/host_name.h"
#include "common/smtp/capabilities.h"

namespace relaywatch::probe {
namespace {

constexpr int kServiceReady = 220;
constexpr int kServiceClosing = 421;

std::string OwnName(const Request& request, const Connection& connection) {
  if (!request.ehlo_name.empty()) return request.ehlo_name;
  std::string fqdn = HostFqdn();
  return fqdn.empty() ? AddressLiteral(connection.LocalAddress()) : fqdn;
}

}  // namespace

SmtpDialogue::SmtpDialogue(const Request& request, const TlsContext& tls, Connection& connection,
                           Recorder& recorder)
    : Dialogue(request, tls, connection, recorder), ehlo_name_(OwnName(request, connection)) {}

asio::awaitable<bool> SmtpDialogue::Greeting() {
  recorder_.Enter(v1::STAGE_BANNER);
  SmtpReplyParser parser(exchange_.reply_limits(), SmtpReplyParser::Kind::kGreeting);
  const Fault fault = co_await exchange_.Read(parser, request_.limits.banner);
  if (fault) co_return Stop(fault);
  const RawReply& reply = parser.reply();
  *recorder_.facts().mutable_greeting() = recorder_.Store(reply);
  if (reply.code >= 400) co_return Refused(reply);
  co_return IsAnswer(reply);
}

// EHLO, or HELO where the server refuses EHLO as a whole (RFC 5321, section 3.2).
asio::awaitable<bool> SmtpDialogue::AskCapabilities(v1::Stage stage) {
  std::optional<RawReply> reply = co_await Ask(stage, Verb::kEhlo, ehlo_name_);
  if (!reply) co_return false;
  if (reply->positive) {
    RememberHello(stage, recorder_.StoreLines(reply->text));
    co_return true;
  }
  if (reply->code < 500) co_return Refused(*reply);
  const v1::Reply refusal = recorder_.Store(*reply);
  reply = co_await Ask(stage, Verb::kHelo, ehlo_name_);
  if (!reply) {
    recorder_.RefuseByHangingUp(refusal);
    co_return false;
  }
  if (!reply->positive) co_return Refused(*reply);
  recorder_.facts().set_helo_fallback(true);
  RememberHello(stage, v1::Capabilities());
  co_return true;
}

void SmtpDialogue::RememberHello(v1::Stage stage, v1::Capabilities capabilities) {
  if (!capabilities.lines().empty()) {
    if (auto address = smtp::EchoedAddress(capabilities.lines(0))) {
      recorder_.facts().set_egress_address(*std::move(address));
    }
  }
  RememberCapabilities(stage, std::move(capabilities));
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::AskStartTls() {
  std::optional<RawReply> reply = co_await Ask(v1::STAGE_STARTTLS, Verb::kStartTls);
  if (reply) reply->positive = reply->code == kServiceReady;
  co_return reply;
}

asio::awaitable<bool> SmtpDialogue::Tests() {
  v1::Facts& facts = recorder_.facts();
  v1::RelayCells cells;
  bool goes_on = true;
  if (WantsRelayTest()) {
    goes_on = co_await RelayTest(cells);
    *facts.mutable_anonymous() = cells;
  }
  if (goes_on) goes_on = co_await Authenticate();
  if (goes_on && WantsRelayTest() && facts.login().state() == v1::LOGIN_STATE_ACCEPTED) {
    cells.Clear();
    goes_on = co_await RelayTest(cells);
    *facts.mutable_authenticated() = cells;
  }
  co_return goes_on;
}

bool SmtpDialogue::WantsRelayTest() const {
  const struct RelayTest& test = request_.relay_test;
  return !test.from.empty() && (!test.own.empty() || !test.foreign.empty());
}

// One transaction, the own recipient first, ended by RSET.
asio::awaitable<bool> SmtpDialogue::RelayTest(v1::RelayCells& cells) {
  const struct RelayTest& test = request_.relay_test;
  const std::optional<RawReply> reply = co_await Ask(v1::STAGE_MAIL, Verb::kMail, test.from);
  if (!reply) co_return false;
  if (!reply->positive) {
    RefuseCells(*reply, cells);
    co_return true;
  }
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
  cell.set_state(reply->positive ? v1::CELL_STATE_ACCEPTED : v1::CELL_STATE_REFUSED);
  if (!reply->positive) {
    cell.set_at(v1::STAGE_RCPT);
    *cell.mutable_reply() = recorder_.Store(*reply);
  }
  co_return cell;
}

// A refused MAIL refuses every recipient that would have followed.
void SmtpDialogue::RefuseCells(const RawReply& reply, v1::RelayCells& cells) {
  v1::RelayCell refused;
  refused.set_state(v1::CELL_STATE_REFUSED);
  refused.set_at(v1::STAGE_MAIL);
  *refused.mutable_reply() = recorder_.Store(reply);
  if (!request_.relay_test.own.empty()) *cells.mutable_own() = refused;
  if (!request_.relay_test.foreign.empty()) *cells.mutable_foreign() = refused;
}

asio::awaitable<Fault> SmtpDialogue::Farewell(std::chrono::milliseconds limit) {
  SmtpReplyParser parser(exchange_.reply_limits());
  Fault fault = co_await exchange_.Send(Verb::kQuit, {});
  if (!fault) fault = co_await exchange_.Read(parser, limit);
  co_return fault;
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::Ask(v1::Stage stage, Verb verb,
                                                           std::string_view argument) {
  SmtpReplyParser parser(exchange_.reply_limits());
  const bool answered = co_await Converse(stage, verb, argument, parser);
  if (!answered) co_return std::nullopt;
  RawReply reply = parser.TakeReply();
  if (IsClosing(reply) || !IsAnswer(reply)) co_return std::nullopt;
  co_return reply;
}

bool SmtpDialogue::IsClosing(const RawReply& reply) {
  if (reply.code != kServiceClosing) return false;
  Refused(reply);
  return true;
}

bool SmtpDialogue::IsAnswer(const RawReply& reply) {
  if (reply.code < 300 || reply.code >= 400) return true;
  return Stop({v1::FAILURE_GRAMMAR, "unexpected reply " + std::to_string(reply.code)});
}

// Nothing may have been said since the last reply, but for a 421.
asio::awaitable<bool> SmtpDialogue::NothingUnasked() {
  if (!exchange_.HasUnasked()) co_return true;
  constexpr std::string_view kClosing = "421";
  const std::string_view start = exchange_.unread().substr(0, kClosing.size());
  if (kClosing.starts_with(start)) {
    SmtpReplyParser parser(exchange_.reply_limits());
    const Fault fault = co_await exchange_.Read(parser, request_.limits.reply);
    if (!fault && parser.reply().code == kServiceClosing) co_return Refused(parser.reply());
  }
  co_return Stop(EarlyBytesFault());
}

}  // namespace relaywatch::probe
