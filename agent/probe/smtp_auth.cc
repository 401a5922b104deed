// AUTH in the SMTP dialogue, announced or not. RFC 4954.
#include <utility>

#include "agent/probe/smtp_dialogue.h"
#include "common/smtp/capabilities.h"

namespace relaywatch::probe {

asio::awaitable<bool> SmtpDialogue::Authenticate() {
  v1::Facts& facts = recorder_.facts();
  if (request_.pop_before_smtp && request_.credentials) {
    facts.mutable_login()->set_reason("the login is spent at the incoming server");
    co_return true;
  }
  const bool is_announced =
      !smtp::SaslMechanisms(facts.tls_capabilities(), v1::PROTOCOL_SMTP).empty();
  const bool is_blind =
      !request_.blind_mechanism.empty() && !is_announced && InsecureForLogin(facts).empty();
  if (!is_blind) co_return co_await LogIn();
  if (request_.credentials) co_return co_await LogInToHiddenAuth();
  co_return co_await AskForHiddenAuth();
}

asio::awaitable<bool> SmtpDialogue::AskForHiddenAuth() {
  v1::BlindAuth& fact = *recorder_.facts().mutable_blind_auth();
  fact.set_mechanism(request_.blind_mechanism);
  std::optional<RawReply> reply = co_await BeginAuth(request_.blind_mechanism);
  if (!reply) co_return false;
  fact.set_state(reply->more ? v1::BLIND_AUTH_STATE_HIDDEN : v1::BLIND_AUTH_STATE_REFUSED);
  if (!reply->more) {
    *fact.mutable_reply() = recorder_.Store(*reply);
    co_return true;
  }
  reply = co_await CancelAuth();
  co_return reply.has_value();
}

// Whoever checks a password has AUTH, whatever he announces.
asio::awaitable<bool> SmtpDialogue::LogInToHiddenAuth() {
  const LoginChoice choice{.mechanisms = {request_.blind_mechanism}};
  Login login(request_, recorder_, auth_wire());
  const bool goes_on = co_await login.Run(choice);
  const v1::Login& tried = recorder_.facts().login();
  if (tried.mechanism().empty()) co_return goes_on;  // not tried after all
  v1::BlindAuth& fact = *recorder_.facts().mutable_blind_auth();
  fact.set_mechanism(tried.mechanism());
  constexpr int kCredentialsInvalid = 535;
  if (login.was_challenged() || tried.state() == v1::LOGIN_STATE_ACCEPTED ||
      tried.reply().code() == kCredentialsInvalid) {
    fact.set_state(v1::BLIND_AUTH_STATE_HIDDEN);
  } else if (tried.state() == v1::LOGIN_STATE_REFUSED) {
    fact.set_state(v1::BLIND_AUTH_STATE_REFUSED);
    *fact.mutable_reply() = tried.reply();
  }
  co_return goes_on;
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::BeginAuth(const std::string& mechanism) {
  co_return co_await AskAuth(Verb::kAuth, mechanism);
}

std::optional<CredentialLine> SmtpDialogue::InitialLine(const std::string& mechanism,
                                                        const Secret& message) {
  return EncodeAuth(mechanism, message.view());
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::SayCredential(const CredentialLine& line) {
  SmtpReplyParser parser(exchange_.reply_limits());
  const bool answered = co_await ConverseCredential(line, parser);
  if (!answered) co_return std::nullopt;
  co_return AuthReply(parser);
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::CancelAuth() {
  co_return co_await AskAuth(Verb::kAuthCancel);
}

// SMTP has no other way than AUTH.
asio::awaitable<std::optional<RawReply>> SmtpDialogue::LogInByCommand(const Credentials&) {
  co_return std::nullopt;
}

asio::awaitable<std::optional<RawReply>> SmtpDialogue::AskAuth(Verb verb,
                                                               std::string_view argument) {
  SmtpReplyParser parser(exchange_.reply_limits());
  const bool answered = co_await Converse(v1::STAGE_AUTH, verb, argument, parser);
  if (!answered) co_return std::nullopt;
  co_return AuthReply(parser);
}

std::optional<RawReply> SmtpDialogue::AuthReply(SmtpReplyParser& parser) {
  RawReply reply = parser.TakeReply();
  const bool goes_on = !IsClosing(reply) && (reply.more || IsAnswer(reply));
  return goes_on ? std::optional(std::move(reply)) : std::nullopt;
}

}  // namespace relaywatch::probe
