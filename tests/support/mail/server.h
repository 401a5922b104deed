// The demonstration mail server: listens where it is told and answers every client by the first
// rule that matches. For the quickstart, and for faults no real server will produce; tests of how
// real servers behave run Postfix and Dovecot.
//
// A client that no rule matches is closed on. A dialogue lasts as long as its client wants.
// Confined to the thread of its io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/mail/rules.h"
#include "tests/support/mail/session.h"

namespace relaywatch::support {

struct MailListener {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system's choice, see MailServer::ports
  bool implicit_tls = false;
};

struct MailServerConfig {
  std::string name = "mail.example.com";
  std::vector<std::string> own_domains = {"example.com"};
  std::string identity_pem;  // private key and certificate chain
  std::vector<MailListener> listeners;
  std::vector<Rule> rules = {Rule{}};
};

class MailServer {
 public:
  // Listens at once and serves while `io` runs. std::system_error where an address is taken (what()
  // names it) or the identity is unusable.
  MailServer(asio::io_context& io, MailServerConfig config);
  MailServer(const MailServer&) = delete;

  // By listener, in the configuration's order.
  std::vector<std::uint16_t> ports() const;

 private:
  struct Listening {
    asio::ip::tcp::acceptor acceptor;
    bool implicit_tls;
  };

  void Listen(asio::io_context& io, const MailListener& listener);
  asio::awaitable<void> Accept(Listening& listening);
  asio::awaitable<void> Serve(asio::ip::tcp::socket socket, bool implicit_tls);

  const MailServerConfig config_;
  asio::ssl::context tls_;
  MailHouse house_;
  std::vector<Listening> listening_;
};

}  // namespace relaywatch::support
