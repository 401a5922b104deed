// One TCP connection to a mail server, plain at first and perhaps TLS later, under the deadlines
// and the byte limit of its dialogue. Reading takes what is there and waits separately, so that a
// connection that waits for a slow server owns no buffer.
// Whatever goes wrong is a Fault; nothing throws for a peer. Confined to the thread of its
// io_context.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/probe/deadline.h"
#include "agent/probe/fault.h"
#include "agent/probe/tls_stream.h"

namespace relaywatch::probe {

class Connection {
 public:
  // `end`: of the whole dialogue. `max_bytes`: how much may be received in it.
  Connection(asio::io_context& io, Deadline::TimePoint end, std::size_t max_bytes);

  // `source`: the local address to bind, of the same family as `remote`.
  asio::awaitable<Fault> Connect(const asio::ip::tcp::endpoint& remote,
                                 const std::optional<asio::ip::address>& source,
                                 std::chrono::milliseconds limit);
  // The context must outlive the connection.
  asio::awaitable<Fault> Handshake(const TlsContext& context, const std::string& server_name,
                                   std::chrono::milliseconds limit);

  // For the waits that follow.
  void SetDeadline(std::chrono::milliseconds limit) { deadline_.Set(limit); }

  asio::awaitable<Fault> Send(std::string_view bytes);
  // What is there without waiting: none where there is nothing, or where it failed.
  std::size_t TryReceive(std::span<char> into, Fault& fault);
  asio::awaitable<Fault> WaitReadable();
  // Something was received that is not yet read: TryReceive before waiting.
  bool HasPending() const { return tls_ && tls_->HasPending(); }

  // Ends TLS politely if that needs no waiting, then closes.
  void Close();

  // After the handshake.
  v1::TlsSession TlsFacts() const { return tls_->Session(); }
  // Our end, once connected; empty where there is none.
  std::string LocalAddress() const;

 private:
  using Wait = asio::ip::tcp::socket::wait_type;

  Fault Bind(const asio::ip::address& source);
  asio::awaitable<Fault> WaitFor(Wait what);
  void AcknowledgeAtOnce();
  std::size_t TryReceivePlain(std::span<char> into, Fault& fault);
  std::size_t TryReceiveTls(std::span<char> into, Fault& fault);
  // Done where all of it went out, `bytes` shortened otherwise.
  TlsStream::Progress TrySend(std::string_view& bytes, Fault& fault);

  asio::ip::tcp::socket socket_;
  Deadline deadline_;
  std::optional<TlsStream> tls_;
  std::size_t bytes_left_;
  std::error_code reset_;  // while connecting
  bool expects_tickets_ = false;
  Wait readable_ = Wait::wait_read;  // TLS may have to write before it can read on
};

}  // namespace relaywatch::probe
