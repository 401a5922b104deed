// A login, once the server is known: which mechanism, which messages, and what became of it. How a
// protocol carries them is its dialogue's affair (AuthWire).
// A refusal is data. Never tried in the clear, nor after a certificate that did not verify, nor
// where the gate forbids it: then the login stays untested, with a reason.
// All references must outlive it. Confined to the thread of its dialogue.
// RFC 4422; RFC 4954 (SMTP AUTH), RFC 5034 (POP3 AUTH), RFC 9051 (AUTHENTICATE).
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/probe/credential_line.h"
#include "agent/probe/login_choice.h"
#include "agent/probe/probe.h"
#include "agent/probe/recorder.h"
#include "agent/probe/reply_parser.h"
#include "agent/probe/sasl.h"

namespace relaywatch::probe {

// How a protocol carries a login. Where a reply is nullopt, the dialogue is over, and recorded.
class AuthWire {
 public:
  virtual ~AuthWire() = default;

  // Begins an exchange without an initial response.
  virtual asio::awaitable<std::optional<RawReply>> BeginAuth(const std::string& mechanism) = 0;
  // The line that begins one with an initial response; nullopt where the server would not take it.
  virtual std::optional<CredentialLine> InitialLine(const std::string& mechanism,
                                                    const Secret& message) = 0;
  virtual asio::awaitable<std::optional<RawReply>> SayCredential(const CredentialLine& line) = 0;
  // "*" in answer to a challenge: the server answers with a refusal.
  virtual asio::awaitable<std::optional<RawReply>> CancelAuth() = 0;
  // USER and PASS, or LOGIN. nullopt with the dialogue not over: the credentials do not fit in.
  virtual asio::awaitable<std::optional<RawReply>> LogInByCommand(
      const Credentials& credentials) = 0;
};

// Why no login may follow on such a connection, in words; empty where one may.
std::string InsecureForLogin(const v1::Facts& facts);

class Login {
 public:
  Login(const Request& request, Recorder& recorder, AuthWire& wire);

  // Writes Facts.login. False: the dialogue is over.
  asio::awaitable<bool> Run(const LoginChoice& choice);
  // The server asked for more, so that it knows the mechanism at least.
  bool was_challenged() const { return was_challenged_; }

 private:
  asio::awaitable<bool> Try(const LoginChoice& choice);
  // The final reply; nullopt where there is none, with the reason recorded.
  asio::awaitable<std::optional<RawReply>> Attempt(const std::string& mechanism);
  asio::awaitable<std::optional<RawReply>> Begin(const std::string& mechanism);
  asio::awaitable<void> Abandon(const char* reason);
  void Conclude(const RawReply& reply);
  void ConcludeCut();
  void HideCredentials();
  v1::Login& fact() { return *recorder_.facts().mutable_login(); }

  const Request& request_;
  Recorder& recorder_;
  AuthWire& wire_;
  const SaslService service_;
  std::unique_ptr<SaslClient> sasl_;
  std::optional<Secret> first_;  // the client's first message, until it is sent
  bool was_challenged_ = false;
};

}  // namespace relaywatch::probe
