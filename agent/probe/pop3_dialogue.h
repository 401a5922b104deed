// The POP3 dialogue: greeting, CAPA, STLS, CAPA, QUIT. A server without CAPA answers -ERR to it and
// has, as far as it tells, no capability. Confined to the thread of its dialogue.
// RFC 1939, RFC 2449 (CAPA), RFC 2595 (STLS).
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
};

}  // namespace relaywatch::probe
