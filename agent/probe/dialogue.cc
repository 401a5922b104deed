#include "agent/probe/dialogue.h"

#include <algorithm>
#include <utility>

#include "agent/probe/imap_dialogue.h"
#include "agent/probe/pop3_dialogue.h"
#include "agent/probe/smtp_dialogue.h"
#include "common/smtp/capabilities.h"

namespace relaywatch::probe {

Dialogue::Dialogue(const Request& request, const TlsContext& tls, Connection& connection,
                   Recorder& recorder)
    : request_(request),
      recorder_(recorder),
      exchange_(connection, recorder, request.limits),
      tls_(tls),
      connection_(connection) {}

asio::awaitable<void> Dialogue::Run() {
  constexpr std::chrono::milliseconds kPatience{2'000};
  const bool complete = co_await Steps();
  if (complete) {
    recorder_.Enter(v1::STAGE_QUIT);
  } else if (recorder_.facts().ending() == v1::ENDING_UNSPECIFIED) {
    recorder_.EnterCourtesyQuit();
  } else {
    co_return;
  }
  // Whatever becomes of it changes nothing that was seen: the end was ours.
  recorder_.facts().set_ending(v1::ENDING_QUIT);
  const Fault fault = co_await Farewell(std::min(request_.limits.reply, kPatience));
  if (fault) recorder_.Remark(fault.detail);
}

// False: something decided the dialogue before its end. Each co_await, here and below, is a
// statement of its own: g++ 12 makes crashing code of some that stand in conditions.
asio::awaitable<bool> Dialogue::Steps() {
  bool goes_on = true;
  const bool implicit_tls = request_.security == v1::SECURITY_TLS;
  if (implicit_tls) goes_on = co_await Handshake();
  if (goes_on) goes_on = co_await Greeting();
  if (goes_on) goes_on = co_await AskCapabilities(implicit_tls ? v1::STAGE_EHLO2 : v1::STAGE_EHLO);
  if (goes_on && MayStartTls()) {
    goes_on = co_await StartTls();
    // Whatever was said in the clear may have been said by anybody (RFC 3207, section 4.2).
    if (goes_on) goes_on = co_await AskCapabilities(v1::STAGE_EHLO2);
  }
  if (goes_on) goes_on = co_await Tests();
  if (goes_on) goes_on = co_await NothingUnasked();
  co_return goes_on;
}

asio::awaitable<bool> Dialogue::Tests() { co_return co_await LogIn(); }

// AUTO goes on in plain where STARTTLS is not offered.
bool Dialogue::MayStartTls() const {
  if (request_.security == v1::SECURITY_STARTTLS) return true;
  return request_.security == v1::SECURITY_AUTO && recorder_.facts().starttls().offered();
}

asio::awaitable<bool> Dialogue::StartTls() {
  v1::StartTls& fact = *recorder_.facts().mutable_starttls();
  if (!fact.offered()) {
    recorder_.Enter(v1::STAGE_STARTTLS);
    co_return false;
  }
  const std::optional<RawReply> reply = co_await AskStartTls();
  if (!reply) co_return false;
  *fact.mutable_reply() = recorder_.Store(*reply);
  if (!reply->positive) co_return false;
  // Whatever follows the reply in the clear would be taken for the server's first words inside TLS
  // by a careless client (CVE-2011-0411).
  if (exchange_.HasUnasked()) {
    const Fault fault{v1::FAILURE_SMUGGLED_BYTES, "plaintext behind the reply to STARTTLS"};
    co_return Stop(fault);
  }
  co_return co_await Handshake();
}

asio::awaitable<bool> Dialogue::Handshake() {
  recorder_.Enter(v1::STAGE_TLS);
  const std::string& name = request_.server_name.empty() ? request_.host : request_.server_name;
  const Fault fault = co_await connection_.Handshake(tls_, name, request_.limits.tls);
  if (fault) co_return Stop(fault);
  v1::TlsSession& session = *recorder_.facts().mutable_tls();
  session = connection_.TlsFacts();
  recorder_.Remark(session.version() + " begins");
  co_return true;
}

asio::awaitable<bool> Dialogue::Converse(v1::Stage stage, Verb verb, std::string_view argument,
                                         ReplyParser& parser) {
  const bool may_speak = co_await MaySpeak(stage);
  if (!may_speak) co_return false;
  Fault fault = co_await exchange_.Send(verb, argument);
  if (!fault) fault = co_await exchange_.Read(parser, request_.limits.reply);
  co_return fault ? Stop(fault) : true;
}

asio::awaitable<bool> Dialogue::ConverseCredential(const CredentialLine& line,
                                                   ReplyParser& parser) {
  const bool may_speak = co_await MaySpeak(v1::STAGE_AUTH);
  if (!may_speak) co_return false;
  Fault fault = co_await exchange_.SendCredential(line);
  if (!fault) fault = co_await exchange_.Read(parser, request_.limits.reply);
  co_return fault ? Stop(fault) : true;
}

asio::awaitable<bool> Dialogue::MaySpeak(v1::Stage stage) {
  const bool may_speak = co_await NothingUnasked();
  if (may_speak) recorder_.Enter(stage);
  co_return may_speak;
}

asio::awaitable<bool> Dialogue::LogIn() {
  if (!request_.credentials) co_return true;
  const v1::Protocol protocol = request_.protocol;
  const v1::Capabilities& offer = recorder_.facts().tls_capabilities();
  const bool has_command = protocol != v1::PROTOCOL_SMTP && !smtp::LoginDisabled(offer, protocol);
  const LoginChoice choice = ChooseLogin(request_.credentials->mechanism,
                                         smtp::SaslMechanisms(offer, protocol), has_command);
  Login login(request_, recorder_, auth_wire());
  co_return co_await login.Run(choice);
}

asio::awaitable<bool> Dialogue::NothingUnasked() {
  if (!exchange_.HasUnasked()) co_return true;
  co_return Stop(EarlyBytesFault());
}

void Dialogue::RememberCapabilities(v1::Stage stage, v1::Capabilities capabilities) {
  v1::Facts& facts = recorder_.facts();
  if (stage == v1::STAGE_EHLO2) {
    *facts.mutable_tls_capabilities() = std::move(capabilities);
    return;
  }
  facts.mutable_starttls()->set_offered(smtp::OffersStartTls(capabilities, request_.protocol));
  *facts.mutable_plain() = std::move(capabilities);
}

bool Dialogue::Stop(const Fault& fault) {
  recorder_.Fail(fault);
  return false;
}

bool Dialogue::Refused(const RawReply& reply) {
  recorder_.Refuse(recorder_.Store(reply));
  return false;
}

std::unique_ptr<Dialogue> NewDialogue(const Request& request, const TlsContext& tls,
                                      Connection& connection, Recorder& recorder) {
  switch (request.protocol) {
    case v1::PROTOCOL_POP3:
      return std::make_unique<Pop3Dialogue>(request, tls, connection, recorder);
    case v1::PROTOCOL_IMAP:
      return std::make_unique<ImapDialogue>(request, tls, connection, recorder);
    default:
      return std::make_unique<SmtpDialogue>(request, tls, connection, recorder);
  }
}

}  // namespace relaywatch::probe
