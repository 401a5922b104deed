// What the dialogues of all protocols have in common: their order, TLS, and how they end.
//   (TLS) ▶ greeting ▶ capabilities ▶ STARTTLS ▶ TLS ▶ capabilities again ▶ tests (login) ▶
//   farewell
// A protocol is a derived class that knows how to say each of these. Every step says whether the
// dialogue goes on; what stopped it is recorded by then. Stops before any mail is sent.
// All references must outlive it. Confined to the thread of its dialogue.
// RFC 3207 and RFC 2595 (STARTTLS), RFC 8314 (implicit TLS).
#pragma once

#include <asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/probe/connection.h"
#include "agent/probe/exchange.h"
#include "agent/probe/login.h"
#include "agent/probe/probe.h"
#include "agent/probe/recorder.h"

namespace relaywatch::probe {

class Dialogue : private AuthWire {
 public:
  ~Dialogue() override = default;

  // From the greeting (or the TLS hello) to the farewell, on a connection that stands.
  asio::awaitable<void> Run();

 protected:
  Dialogue(const Request& request, const TlsContext& tls, Connection& connection,
           Recorder& recorder);

  virtual asio::awaitable<bool> Greeting() = 0;
  // Asks what the server can do; keeps it by RememberCapabilities.
  virtual asio::awaitable<bool> AskCapabilities(v1::Stage stage) = 0;
  // The reply to STARTTLS, positive where TLS begins next; nullopt: the dialogue is over.
  virtual asio::awaitable<std::optional<RawReply>> AskStartTls() = 0;
  // What is asked of the server once its capabilities are known.
  virtual asio::awaitable<bool> Tests();
  virtual asio::awaitable<Fault> Farewell(std::chrono::milliseconds limit) = 0;
  // False: something was said unasked that ends the dialogue.
  virtual asio::awaitable<bool> NothingUnasked();

  // One command and its whole reply, which `parser` then holds. False: the dialogue is over.
  asio::awaitable<bool> Converse(v1::Stage stage, Verb verb, std::string_view argument,
                                 ReplyParser& parser);
  // The same for a line with a credential, at the stage auth.
  asio::awaitable<bool> ConverseCredential(const CredentialLine& line, ReplyParser& parser);
  // Logs in by what is offered, where there are credentials.
  asio::awaitable<bool> LogIn();
  AuthWire& auth_wire() { return *this; }
  void RememberCapabilities(v1::Stage stage, v1::Capabilities capabilities);

  // These record the end of the dialogue and return false, for the step to return.
  bool Stop(const Fault& fault);
  bool Refused(const RawReply& reply);

  const Request& request_;
  Recorder& recorder_;
  Exchange exchange_;

 private:
  asio::awaitable<bool> Steps();
  asio::awaitable<bool> StartTls();
  asio::awaitable<bool> Handshake();
  asio::awaitable<bool> MaySpeak(v1::Stage stage);
  bool MayStartTls() const;

  const TlsContext& tls_;
  Connection& connection_;
};

// The dialogue of the request's protocol.
std::unique_ptr<Dialogue> NewDialogue(const Request& request, const TlsContext& tls,
                                      Connection& connection, Recorder& recorder);

}  // namespace relaywatch::probe
