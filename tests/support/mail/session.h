// One SMTP dialogue of the demonstration mail server, by one rule (RFC 5321, 3207, 4954). It knows
// no account (a login is answered 535) and accepts no mail (DATA is answered 554). Confined to the
// thread of its io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ssl/context.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/mail/rules.h"
#include "tests/support/mail/wire.h"

namespace relaywatch::support {

// What every session of a server shares; outlives them.
struct MailHouse {
  std::string name;                      // in the greeting and the EHLO reply
  std::vector<std::string> own_domains;  // whose recipients need no relaying
  asio::ssl::context& tls;
};

class MailSession {
 public:
  // `rule` and `house` must outlive the session.
  MailSession(MailWire wire, const Rule& rule, MailHouse& house);

  // Greeting to QUIT; `implicit_tls`: the handshake comes first. Ends, without an exception, when
  // the client leaves or a fault closes the connection.
  asio::awaitable<void> Run(bool implicit_tls);

 private:
  // The steps yield false where the dialogue is over.
  asio::awaitable<bool> Dialogue(bool implicit_tls);
  asio::awaitable<bool> Handle(std::string line);
  asio::awaitable<bool> StartTls();
  asio::awaitable<bool> Handshake();
  asio::awaitable<bool> Auth(std::string argument);
  // Writes the reply, or what the rule's fault at this step makes of it. `reply` has no line
  // ending.
  asio::awaitable<bool> Reply(Step step, std::string reply);
  asio::awaitable<void> ByteByByte(std::string bytes, std::chrono::milliseconds delay);
  asio::awaitable<void> Tarpit(std::chrono::milliseconds delay);
  asio::awaitable<void> Wait(std::chrono::milliseconds delay);

  std::string Greeting() const;
  std::string Capabilities() const;
  std::string RecipientReply(std::string_view argument) const;
  const std::vector<std::string>& mechanisms() const;

  MailWire wire_;
  const Rule& rule_;
  MailHouse& house_;
  bool refused_ = false;  // the greeting was no 220: only QUIT is left
  bool in_transaction_ = false;
};

}  // namespace relaywatch::support
