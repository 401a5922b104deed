// The IMAP dialogue: greeting, CAPABILITY, STARTTLS, CAPABILITY, (login,) LOGOUT. An IMAP server
// may speak unasked (RFC 9051, section 7): such lines become part of the next answer, and a BYE
// among them ends the dialogue as a refusal. Confined to the thread of its dialogue. RFC 9051.
#pragma once

#include <string>

#include "agent/probe/dialogue.h"
#include "agent/probe/imap_reply.h"

namespace relaywatch::probe {

class ImapDialogue final : public Dialogue {
 public:
  ImapDialogue(const Request& request, const TlsContext& tls, Connection& connection,
               Recorder& recorder)
      : Dialogue(request, tls, connection, recorder) {}

 private:
  asio::awaitable<bool> Greeting() override;
  asio::awaitable<bool> AskCapabilities(v1::Stage stage) override;
  asio::awaitable<std::optional<RawReply>> AskStartTls() override;
  asio::awaitable<Fault> Farewell(std::chrono::milliseconds limit) override;
  asio::awaitable<bool> NothingUnasked() override;

  asio::awaitable<std::optional<RawReply>> BeginAuth(const std::string& mechanism) override;
  std::optional<CredentialLine> InitialLine(const std::string& mechanism,
                                            const Secret& message) override;
  asio::awaitable<std::optional<RawReply>> SayCredential(const CredentialLine& line) override;
  asio::awaitable<std::optional<RawReply>> CancelAuth() override;
  asio::awaitable<std::optional<RawReply>> LogInByCommand(const Credentials& credentials) override;

  asio::awaitable<std::optional<RawReply>> Ask(v1::Stage stage, Verb verb);
  asio::awaitable<std::optional<RawReply>> AskCredential(const CredentialLine& line,
                                                         ImapReplyParser::Kind kind);
  // The answer, unless it is a BYE.
  std::optional<RawReply> Answer(ImapReplyParser& parser);
  std::string NextTag() { return "a" + std::to_string(++commands_); }

  int commands_ = 0;
  std::string auth_tag_;  // of the login under way
};

}  // namespace relaywatch::probe
