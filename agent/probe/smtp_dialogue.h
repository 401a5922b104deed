// The SMTP dialogue: greeting, EHLO (or HELO), STARTTLS, EHLO, one anonymous transaction without
// DATA, AUTH and another transaction where a login is asked for, QUIT. A 421 ends it wherever it
// comes (RFC 5321, section 3.8). Confined to the thread of its dialogue. RFC 5321, RFC 3207, RFC
// 4954.
#pragma once

#include <string>

#include "agent/probe/dialogue.h"

namespace relaywatch::probe {

class SmtpDialogue final : public Dialogue {
 public:
  SmtpDialogue(const Request& request, const TlsContext& tls, Connection& connection,
               Recorder& recorder);

 private:
  asio::awaitable<bool> Greeting() override;
  asio::awaitable<bool> AskCapabilities(v1::Stage stage) override;
  asio::awaitable<std::optional<RawReply>> AskStartTls() override;
  asio::awaitable<bool> Tests() override;
  asio::awaitable<Fault> Farewell(std::chrono::milliseconds limit) override;
  asio::awaitable<bool> NothingUnasked() override;

  // Writes into `cells` what it measures. Needs WantsRelayTest.
  asio::awaitable<bool> RelayTest(v1::RelayCells& cells);
  bool WantsRelayTest() const;
  // Untested where the dialogue is over.
  asio::awaitable<v1::RelayCell> RelayRecipient(const std::string& mailbox);
  void RefuseCells(const RawReply& reply, v1::RelayCells& cells);

  asio::awaitable<std::optional<RawReply>> BeginAuth(const std::string& mechanism) override;
  std::optional<CredentialLine> InitialLine(const std::string& mechanism,
                                            const Secret& message) override;
  asio::awaitable<std::optional<RawReply>> SayCredential(const CredentialLine& line) override;
  asio::awaitable<std::optional<RawReply>> CancelAuth() override;
  asio::awaitable<std::optional<RawReply>> LogInByCommand(const Credentials& credentials) override;
  // The login as far as it is asked for, announced or not.
  asio::awaitable<bool> Authenticate();
  asio::awaitable<bool> AskForHiddenAuth();
  asio::awaitable<bool> LogInToHiddenAuth();

  // One command and its whole reply. nullopt: the dialogue is over, and recorded.
  asio::awaitable<std::optional<RawReply>> Ask(v1::Stage stage, Verb verb,
                                               std::string_view argument = {});
  asio::awaitable<std::optional<RawReply>> AskAuth(Verb verb, std::string_view argument = {});
  std::optional<RawReply> AuthReply(SmtpReplyParser& parser);
  // Recorded where it ends the dialogue.
  bool IsClosing(const RawReply& reply);
  // Not 3xx: nothing we say but AUTH has more to follow.
  bool IsAnswer(const RawReply& reply);
  void RememberHello(v1::Stage stage, v1::Capabilities capabilities);

  const std::string ehlo_name_;
};

}  // namespace relaywatch::probe
