#include "agent/probe/pop3_dialogue.h"

#include "agent/probe/pop3_reply.h"

namespace relaywatch::probe {

using Kind = Pop3ReplyParser::Kind;

asio::awaitable<bool> Pop3Dialogue::Greeting() {
  recorder_.Enter(v1::STAGE_BANNER);
  Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kGreeting);
  const Fault fault = co_await exchange_.Read(parser, request_.limits.banner);
  if (fault) co_return Stop(fault);
  *recorder_.facts().mutable_greeting() = recorder_.Store(parser.reply());
  co_return parser.reply().positive || Refused(parser.reply());
}

asio::awaitable<bool> Pop3Dialogue::AskCapabilities(v1::Stage stage) {
  Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kMultiLine);
  const bool answered = co_await Converse(stage, Verb::kPop3Capa, {}, parser);
  if (!answered) co_return false;
  RememberCapabilities(stage, recorder_.StoreLines(parser.reply().data));
  co_return true;
}

asio::awaitable<std::optional<RawReply>> Pop3Dialogue::AskStartTls() {
  co_return co_await Ask(v1::STAGE_STARTTLS, Verb::kPop3Stls);
}

asio::awaitable<std::optional<RawReply>> Pop3Dialogue::Ask(v1::Stage stage, Verb verb,
                                                           std::string_view argument) {
  const bool is_auth = verb == Verb::kAuth || verb == Verb::kAuthCancel;
  Pop3ReplyParser parser(exchange_.reply_limits(), is_auth ? Kind::kAuth : Kind::kSingleLine);
  const bool answered = co_await Converse(stage, verb, argument, parser);
  if (!answered) co_return std::nullopt;
  co_return parser.TakeReply();
}

asio::awaitable<std::optional<RawReply>> Pop3Dialogue::BeginAuth(const std::string& mechanism) {
  co_return co_await Ask(v1::STAGE_AUTH, Verb::kAuth, mechanism);
}

// Servers from before RFC 5034 take none, the others take it later too.
std::optional<CredentialLine> Pop3Dialogue::InitialLine(const std::string& /*mechanism*/,
                                                        const Secret& /*message*/) {
  return std::nullopt;
}

asio::awaitable<std::optional<RawReply>> Pop3Dialogue::SayCredential(const CredentialLine& line) {
  Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kAuth);
  const bool answered = co_await ConverseCredential(line, parser);
  if (!answered) co_return std::nullopt;
  co_return parser.TakeReply();
}

asio::awaitable<std::optional<RawReply>> Pop3Dialogue::CancelAuth() {
  co_return co_await Ask(v1::STAGE_AUTH, Verb::kAuthCancel);
}

asio::awaitable<std::optional<RawReply>> Pop3Dialogue::LogInByCommand(
    const Credentials& credentials) {
  const std::optional<CredentialLine> pass = EncodePop3Pass(credentials.password.view());
  if (!pass || !EncodeCommand(Verb::kPop3User, credentials.user)) co_return std::nullopt;
  std::optional<RawReply> reply = co_await Ask(v1::STAGE_AUTH, Verb::kPop3User, credentials.user);
  if (!reply || !reply->positive) co_return reply;
  co_return co_await SayCredential(*pass);
}

asio::awaitable<Fault> Pop3Dialogue::Farewell(std::chrono::milliseconds limit) {
  Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kSingleLine);
  Fault fault = co_await exchange_.Send(Verb::kQuit, {});
  if (!fault) fault = co_await exchange_.Read(parser, limit);
  co_return fault;
}

// Nothing may have been said since the last reply, but for a -ERR: the login was well, opening the
// mailbox behind it was not.
asio::awaitable<bool> Pop3Dialogue::NothingUnasked() {
  if (!exchange_.HasUnasked()) co_return true;
  constexpr std::string_view kError = "-ERR";
  const std::string_view start = exchange_.unread().substr(0, kError.size());
  if (kError.starts_with(start)) {
    Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kSingleLine);
    const Fault fault = co_await exchange_.Read(parser, request_.limits.reply);
    if (!fault && !parser.reply().positive) co_return Refused(parser.reply());
  }
  co_return Stop(EarlyBytesFault());
}

}  // namespace relaywatch::probe
