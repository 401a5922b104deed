// The SMTP dialogue in the order of its stages, on a connection that stands. Stops before any mail
// is sent. Every stage is one function that says whether the dialogue goes on. All references must
// outlive it. Confined to the thread of its dialogue. RFC 5321, RFC 3207 (STARTTLS), RFC 8314
// (implicit TLS).
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "agent/probe/connection.h"
#include "agent/probe/exchange.h"
#include "agent/probe/probe.h"
#include "agent/probe/recorder.h"

namespace relaywatch::probe {

class SmtpDialogue {
 public:
  // `ehlo_name`: what we call ourselves.
  SmtpDialogue(const Request& request, const TlsContext& tls, std::string ehlo_name,
               Connection& connection, Recorder& recorder);

  // From the greeting (or the TLS hello) to QUIT.
  asio::awaitable<void> Run();

 private:
  asio::awaitable<bool> Stages();
  asio::awaitable<bool> Greeting();
  asio::awaitable<bool> Hello(v1::Stage stage);
  bool MayStartTls() const;
  asio::awaitable<bool> StartTls();
  asio::awaitable<bool> Handshake();
  asio::awaitable<bool> RelayTest();
  // Untested where the dialogue is over.
  asio::awaitable<v1::RelayCell> RelayRecipient(const std::string& mailbox);
  asio::awaitable<void> Quit();

  // One command and its whole reply. nullopt: the dialogue is over, and recorded; a 421 is such an
  // end, whatever was asked.
  asio::awaitable<std::optional<RawReply>> Ask(v1::Stage stage, Verb verb,
                                               std::string_view argument = {});
  // A reply that is no answer to the question: 3xx, since nothing we say asks for more.
  bool IsAnswer(const RawReply& reply);
  // False: something was said unasked; the dialogue is over, and recorded.
  asio::awaitable<bool> NothingUnasked();
  // Records the end of the dialogue; returns false for the stage to return.
  bool Stop(const Fault& fault);
  bool Refused(const RawReply& reply);
  void RememberHello(v1::Stage stage, const v1::Capabilities& capabilities);
  void RefuseCells(const RawReply& reply);

  const Request& request_;
  const TlsContext& tls_context_;
  const std::string ehlo_name_;
  Connection& connection_;
  Recorder& recorder_;
  Exchange exchange_;
  bool in_tls_ = false;
};

}  // namespace relaywatch::probe
