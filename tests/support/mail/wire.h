// The server's end of one connection: lines over TCP, or over TLS once that has begun.
// A peer that leaves shows as std::system_error. Confined to the thread of its io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <optional>
#include <string>

namespace relaywatch::support {

class MailWire {
 public:
  explicit MailWire(asio::ip::tcp::socket socket);

  bool tls() const { return tls_.has_value(); }
  // The next line without its ending; at most 4 KiB.
  asio::awaitable<std::string> ReadLine();
  asio::awaitable<void> Write(std::string bytes);
  // Handshake as the server; `context` must outlive the wire.
  asio::awaitable<void> StartTls(asio::ssl::context& context);
  // Until the client has sent something that is not yet read.
  asio::awaitable<void> AwaitBytes();
  // Until the client leaves; what it says meanwhile is ignored.
  asio::awaitable<void> Ignore();
  void Close();
  void Reset();

 private:
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  std::string received_;
};

}  // namespace relaywatch::support
