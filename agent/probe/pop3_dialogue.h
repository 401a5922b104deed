// The POP3 dialogue: greeting, CAPA, STLS, CAPA, (AUTH or USER and PASS), QUIT. A server without
// CAPA answers -ERR to it and has, as far as it tells, no capability. Confined to the thread of its
// dialogue. RFC 1939, RFC 2449 (CAPA), RFC 2595 (STLS), RFC 5034 (AUTH).
#pragma once

#include "agent/probe/dialogue.h"

namespace relaywatch::probe {

class Pop3Dialogue final : public Dialogue {
 public:
  Pop3Dialogue(const Request& request, const TlsContext& tls, Connection& connection,
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
  asio::awaitable<std::optional<RawReply>> Ask(v1::Stage stage, Verb verb,
                                               std::string_view argument = {});
};

}  // namespace relaywatch::probe
