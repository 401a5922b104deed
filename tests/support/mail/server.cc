#include "tests/support/mail/server.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/use_awaitable.hpp>
#include <system_error>
#include <utility>

namespace relaywatch::support {

using asio::ip::tcp;

MailServer::MailServer(asio::io_context& io, MailServerConfig config)
    : config_(std::move(config)),
      tls_(asio::ssl::context::tls_server),
      house_{config_.name, config_.own_domains, tls_} {
  if (!config_.identity_pem.empty()) {
    tls_.use_certificate_chain(asio::buffer(config_.identity_pem));
    tls_.use_private_key(asio::buffer(config_.identity_pem), asio::ssl::context::pem);
  }
  for (const MailListener& listener : config_.listeners) Listen(io, listener);
  for (Listening& listening : listening_) co_spawn(io, Accept(listening), asio::detached);
}

std::vector<std::uint16_t> MailServer::ports() const {
  std::vector<std::uint16_t> ports;
  for (const Listening& listening : listening_) {
    ports.push_back(listening.acceptor.local_endpoint().port());
  }
  return ports;
}

void MailServer::Listen(asio::io_context& io, const MailListener& listener) {
  const tcp::endpoint endpoint(asio::ip::make_address(listener.address), listener.port);
  try {
    listening_.push_back({tcp::acceptor(io, endpoint), listener.implicit_tls});
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(),
                            "listen on " + listener.address + ":" + std::to_string(listener.port));
  }
}

asio::awaitable<void> MailServer::Accept(Listening& listening) {
  while (true) {
    tcp::socket socket = co_await listening.acceptor.async_accept(asio::use_awaitable);
    co_spawn(listening.acceptor.get_executor(), Serve(std::move(socket), listening.implicit_tls),
             asio::detached);
  }
}

asio::awaitable<void> MailServer::Serve(tcp::socket socket, bool implicit_tls) {
  std::error_code gone;
  const tcp::endpoint client = socket.remote_endpoint(gone);
  const tcp::endpoint server = socket.local_endpoint(gone);
  if (gone) co_return;
  const Rule* rule = FirstMatch(config_.rules, client.address(), server.port());
  if (rule == nullptr) co_return;
  MailSession session(MailWire(std::move(socket)), *rule, house_);
  co_await session.Run(implicit_tls);
}

}  // namespace relaywatch::support
