#include "agent/probe/exchange.h"

#include <array>

#include "agent/probe/printable.h"

namespace relaywatch::probe {
namespace {

Fault FaultOf(const ReplyParser& parser) {
  constexpr std::size_t kQuotedBytes = 80;
  const std::string_view line = parser.offending();
  const std::string quoted = Printable(line.substr(0, line.find('\r')), kQuotedBytes).text;
  switch (parser.error()) {
    case ReplyError::kForeignProtocol:
      return {v1::FAILURE_FOREIGN_PROTOCOL, "another protocol: " + quoted};
    case ReplyError::kLimit:
      return {v1::FAILURE_LIMIT, "a line or reply over the limits: " + quoted};
    default:
      return {v1::FAILURE_GRAMMAR, "a reply that breaks the grammar: " + quoted};
  }
}

}  // namespace

Exchange::Exchange(Connection& connection, Recorder& recorder, const Limits& limits)
    : connection_(connection), recorder_(recorder), limits_(limits) {}

ReplyLimits Exchange::reply_limits() const {
  return {.max_line_bytes = limits_.max_line_bytes,
          .max_lines = limits_.max_reply_lines,
          .max_bytes = limits_.max_reply_bytes};
}

asio::awaitable<Fault> Exchange::Send(Verb verb, std::string_view argument) {
  if (lost_) co_return lost_;
  const std::optional<std::string> line = EncodeCommand(verb, argument);
  if (!line) {
    co_return Fault{v1::FAILURE_LOCAL, "cannot be sent in a command: " + Printable(argument).text};
  }
  recorder_.Client(std::string_view(*line).substr(0, line->size() - 2));
  co_return co_await connection_.Send(*line);
}

asio::awaitable<Fault> Exchange::SendCredential(const CredentialLine& line) {
  if (lost_) co_return lost_;
  recorder_.Hide(line.hidden.view());
  recorder_.Client(line.shown);
  co_return co_await connection_.Send(line.line.view());
}

asio::awaitable<Fault> Exchange::Read(ReplyParser& parser, std::chrono::milliseconds limit) {
  connection_.SetDeadline(limit);
  std::vector<std::string> lines;
  if (recorder_.keeps_transcript()) parser.KeepLinesIn(lines);
  bool look_first = !unread_.empty() || connection_.HasPending();
  while (parser.state() == ReplyParser::State::kMore) {
    Fault fault;
    if (!look_first) fault = co_await connection_.WaitReadable();
    look_first = false;
    if (!fault) fault = Pump(parser);
    Transcribe(lines);
    if (fault && parser.state() == ReplyParser::State::kMore) co_return fault;
  }
  if (parser.state() == ReplyParser::State::kFailed) {
    recorder_.Server(parser.offending());
    co_return FaultOf(parser);
  }
  if (parser.reply().bare_lf) recorder_.AddNote(v1::NOTE_BARE_LF);
  co_return Fault{};
}

// Not a coroutine, so that the buffer lies on the thread's stack and not in every waiting dialogue.
Fault Exchange::Pump(ReplyParser& parser) {
  unread_.erase(0, parser.Feed(unread_));
  std::array<char, 4096> buffer;
  Fault fault;
  while (parser.state() == ReplyParser::State::kMore) {
    const std::size_t got = connection_.TryReceive(buffer, fault);
    if (got == 0) break;
    const std::string_view bytes(buffer.data(), got);
    unread_.assign(bytes.substr(parser.Feed(bytes)));
  }
  return fault;
}

bool Exchange::HasUnasked() {
  if (!unread_.empty()) return true;
  std::array<char, 4096> buffer;
  const std::size_t got = connection_.TryReceive(buffer, lost_);
  unread_.assign(buffer.data(), got);
  return got > 0;
}

void Exchange::Transcribe(std::vector<std::string>& lines) {
  for (const std::string& line : lines) recorder_.Server(line);
  lines.clear();
}

}  // namespace relaywatch::probe
