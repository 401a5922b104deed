// The SMTP dialogue: greeting, EHLO (or HELO), STARTTLS, EHLO, one anonymous transaction without
// DATA, QUIT. A 421 ends it wherever it comes (RFC 5321, section 3.8). Confined to the thread of
// its dialogue. RFC 5321, RFC 3207.
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

  asio::awaitable<bool> RelayTest();
  // Untested where the dialogue is over.
  asio::awaitable<v1::RelayCell> RelayRecipient(const std::string& mailbox);
  void RefuseCells(const RawReply& reply);

  // One command and its whole reply. nullopt: the dialogue is over, and recorded.
  asio::awaitable<std::optional<RawReply>> Ask(v1::Stage stage, Verb verb,
                                               std::string_view argument = {});
  // Not 3xx: nothing we say has more to follow.
  bool IsAnswer(const RawReply& reply);
  void RememberHello(v1::Stage stage, v1::Capabilities capabilities);

  const std::string ehlo_name_;
};

}  // namespace relaywatch::probe
