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
  Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kSingleLine);
  const bool answered = co_await Converse(v1::STAGE_STARTTLS, Verb::kPop3Stls, {}, parser);
  if (!answered) co_return std::nullopt;
  co_return parser.TakeReply();
}

asio::awaitable<Fault> Pop3Dialogue::Farewell(std::chrono::milliseconds limit) {
  Pop3ReplyParser parser(exchange_.reply_limits(), Kind::kSingleLine);
  Fault fault = co_await exchange_.Send(Verb::kQuit, {});
  if (!fault) fault = co_await exchange_.Read(parser, limit);
  co_return fault;
}

}  // namespace relaywatch::probe
