#include "agent/probe/imap_dialogue.h"

#include "agent/probe/reply.h"
#include "common/smtp/capabilities.h"

namespace relaywatch::probe {
namespace {

using Kind = ImapReplyParser::Kind;

// The words behind "* CAPABILITY", a line for each such response.
std::string CapabilityLines(std::string_view untagged) {
  constexpr std::string_view kName = "CAPABILITY ";
  std::string lines;
  for (const std::string_view line : SplitLines(untagged)) {
    if (line.size() < kName.size() || !HasPrefixOf(line, kName)) continue;
    if (!lines.empty()) lines.push_back('\n');
    lines.append(line.substr(kName.size()));
  }
  return lines;
}

}  // namespace

asio::awaitable<bool> ImapDialogue::Greeting() {
  recorder_.Enter(v1::STAGE_BANNER);
  ImapReplyParser parser(exchange_.reply_limits(), Kind::kGreeting);
  const Fault fault = co_await exchange_.Read(parser, request_.limits.banner);
  if (fault) co_return Stop(fault);
  *recorder_.facts().mutable_greeting() = recorder_.Store(parser.reply());
  co_return parser.reply().positive || Refused(parser.reply());
}

asio::awaitable<bool> ImapDialogue::AskCapabilities(v1::Stage stage) {
  const std::optional<RawReply> reply = co_await Ask(stage, Verb::kImapCapability);
  if (!reply) co_return false;
  RememberCapabilities(stage, recorder_.StoreLines(CapabilityLines(reply->data)));
  co_return true;
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::AskStartTls() {
  co_return co_await Ask(v1::STAGE_STARTTLS, Verb::kImapStartTls);
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::Ask(v1::Stage stage, Verb verb) {
  const std::string tag = NextTag();
  ImapReplyParser parser(exchange_.reply_limits(), Kind::kReply, tag);
  const bool answered = co_await Converse(stage, verb, tag, parser);
  if (!answered) co_return std::nullopt;
  co_return Answer(parser);
}

std::optional<RawReply> ImapDialogue::Answer(ImapReplyParser& parser) {
  RawReply reply = parser.TakeReply();
  if (!parser.closing()) return reply;
  Refused(reply);
  return std::nullopt;
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::AskCredential(const CredentialLine& line,
                                                                     Kind kind) {
  ImapReplyParser parser(exchange_.reply_limits(), kind, auth_tag_);
  const bool answered = co_await ConverseCredential(line, parser);
  if (!answered) co_return std::nullopt;
  co_return Answer(parser);
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::BeginAuth(const std::string& mechanism) {
  auth_tag_ = NextTag();
  const std::optional<CredentialLine> line = EncodeImapAuthenticate(auth_tag_, mechanism, nullptr);
  if (!line) co_return std::nullopt;
  co_return co_await AskCredential(*line, Kind::kAuth);
}

std::optional<CredentialLine> ImapDialogue::InitialLine(const std::string& mechanism,
                                                        const Secret& message) {
  if (!smtp::TakesInitialResponse(recorder_.facts().tls_capabilities())) return std::nullopt;
  auth_tag_ = NextTag();
  return EncodeImapAuthenticate(auth_tag_, mechanism, &message);
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::SayCredential(const CredentialLine& line) {
  co_return co_await AskCredential(line, Kind::kAuth);
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::CancelAuth() {
  ImapReplyParser parser(exchange_.reply_limits(), Kind::kAuth, auth_tag_);
  const bool answered = co_await Converse(v1::STAGE_AUTH, Verb::kAuthCancel, {}, parser);
  if (!answered) co_return std::nullopt;
  co_return Answer(parser);
}

asio::awaitable<std::optional<RawReply>> ImapDialogue::LogInByCommand(
    const Credentials& credentials) {
  auth_tag_ = NextTag();
  const std::optional<CredentialLine> line =
      EncodeImapLogin(auth_tag_, credentials.user, credentials.password.view());
  if (!line) co_return std::nullopt;
  co_return co_await AskCredential(*line, Kind::kReply);
}

asio::awaitable<Fault> ImapDialogue::Farewell(std::chrono::milliseconds limit) {
  const std::string tag = NextTag();
  ImapReplyParser parser(exchange_.reply_limits(), Kind::kFarewell, tag);
  Fault fault = co_await exchange_.Send(Verb::kImapLogout, tag);
  if (!fault) fault = co_await exchange_.Read(parser, limit);
  co_return fault;
}

// Untagged lines may come at any time; anything else is a tagged answer to nothing.
asio::awaitable<bool> ImapDialogue::NothingUnasked() {
  const bool tolerable = !exchange_.HasUnasked() || exchange_.unread().starts_with('*');
  co_return tolerable || Stop(EarlyBytesFault());
}

}  // namespace relaywatch::probe
