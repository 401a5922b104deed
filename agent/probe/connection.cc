#include "agent/probe/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

namespace relaywatch::probe {
namespace {

std::error_code LastError() { return {errno, std::system_category()}; }

Fault TimeoutFault() { return {v1::FAILURE_REPLY_TIMEOUT, "no complete reply in time"}; }

}  // namespace

Connection::Connection(asio::io_context& io, Deadline::TimePoint end, std::size_t max_bytes)
    : socket_(io), deadline_(io, socket_, end), bytes_left_(max_bytes) {}

asio::awaitable<Fault> Connection::Connect(const asio::ip::tcp::endpoint& remote,
                                           const std::optional<asio::ip::address>& source,
                                           std::chrono::milliseconds limit) {
  deadline_.Set(limit);
  std::error_code error;
  socket_.open(remote.protocol(), error);
  if (error) co_return ConnectFault(error);
  if (source) {
    Fault fault = Bind(*source);
    if (fault) co_return fault;
  }
  co_await socket_.async_connect(remote, asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::operation_aborted) {
    co_return Fault{v1::FAILURE_CONNECT_TIMEOUT, "no answer in time"};
  }
  // It stood, and was reset before we looked: that is the first read's to tell.
  if (error == asio::error::connection_reset) {
    reset_ = error;
    error.clear();
  }
  if (error) co_return ConnectFault(error);
  socket_.native_non_blocking(true, error);
  // Commands are single writes that wait for their reply; nothing is gained by collecting them.
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  co_return Fault{};
}

Fault Connection::Bind(const asio::ip::address& source) {
  // The port is chosen at connect, so that thousands of probes can share one source address.
  const int on = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  std::error_code error;
  socket_.bind({source, 0}, error);
  if (!error) return {};
  return {v1::FAILURE_LOCAL, "bind " + source.to_string() + ": " + error.message()};
}

asio::awaitable<Fault> Connection::WaitFor(Wait what) {
  if (reset_) co_return StreamFault(reset_);
  if (deadline_.Passed()) co_return TimeoutFault();
  std::error_code error;
  co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return deadline_.Passed() ? TimeoutFault() : StreamFault(error);
  co_return Fault{};
}

asio::awaitable<Fault> Connection::WaitReadable() { return WaitFor(readable_); }

asio::awaitable<Fault> Connection::Handshake(const TlsContext& context,
                                             const std::string& server_name,
                                             std::chrono::milliseconds limit) {
  if (reset_) co_return StreamFault(reset_);
  deadline_.Set(limit);
  tls_.emplace(context, socket_.native_handle(), server_name);
  for (;;) {
    const TlsStream::Progress progress = tls_->Handshake();
    if (progress == TlsStream::Progress::kDone) {
      expects_tickets_ = true;
      AcknowledgeAtOnce();
      co_return Fault{};
    }
    if (progress == TlsStream::Progress::kFailed) co_return tls_->FaultOfFailure();
    Fault fault = co_await WaitFor(progress == TlsStream::Progress::kWantWrite ? Wait::wait_write
                                                                               : Wait::wait_read);
    if (fault) co_return fault;
  }
}

// A TLS 1.3 server sends its session tickets unasked, behind the handshake. Delaying their
// acknowledgement would make a server that collects small writes hold back its next reply, some 40
// ms that are nobody's fault. The kernel forgets the wish when we send, so it is said once more
// then.
void Connection::AcknowledgeAtOnce() {
  const int on = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

asio::awaitable<Fault> Connection::Send(std::string_view bytes) {
  for (;;) {
    Fault fault;
    const TlsStream::Progress progress = TrySend(bytes, fault);
    if (progress == TlsStream::Progress::kDone) {
      if (std::exchange(expects_tickets_, false)) AcknowledgeAtOnce();
      co_return Fault{};
    }
    if (progress == TlsStream::Progress::kFailed) co_return fault;
    fault = co_await WaitFor(progress == TlsStream::Progress::kWantRead ? Wait::wait_read
                                                                        : Wait::wait_write);
    if (fault) co_return fault;
  }
}

TlsStream::Progress Connection::TrySend(std::string_view& bytes, Fault& fault) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (tls_) {
      const TlsStream::Progress progress = tls_->Write(bytes, sent);
      if (progress == TlsStream::Progress::kFailed) fault = tls_->FaultOfFailure();
      if (progress != TlsStream::Progress::kDone) return progress;
    } else {
      const ssize_t put = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put < 0 && errno == EAGAIN) return TlsStream::Progress::kWantWrite;
      if (put < 0) {
        fault = StreamFault(LastError());
        return TlsStream::Progress::kFailed;
      }
      sent = static_cast<std::size_t>(put);
    }
    bytes.remove_prefix(sent);
  }
  return TlsStream::Progress::kDone;
}

std::size_t Connection::TryReceive(std::span<char> into, Fault& fault) {
  readable_ = Wait::wait_read;
  const std::size_t got = tls_ ? TryReceiveTls(into, fault) : TryReceivePlain(into, fault);
  if (got > bytes_left_) {
    fault = {v1::FAILURE_LIMIT, "more bytes than one dialogue may have"};
    return 0;
  }
  bytes_left_ -= got;
  return got;
}

std::size_t Connection::TryReceivePlain(std::span<char> into, Fault& fault) {
  const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (got > 0) return static_cast<std::size_t>(got);
  if (got == 0) {
    fault = ClosedFault();
  } else if (errno != EAGAIN && errno != EINTR) {
    fault = StreamFault(LastError());
  }
  return 0;
}

std::size_t Connection::TryReceiveTls(std::span<char> into, Fault& fault) {
  std::size_t got = 0;
  switch (tls_->Read(into, got)) {
    case TlsStream::Progress::kDone:
      return got;
    case TlsStream::Progress::kWantWrite:
      readable_ = Wait::wait_write;
      return 0;
    case TlsStream::Progress::kWantRead:
      return 0;
    case TlsStream::Progress::kFailed:
      fault = tls_->FaultOfFailure();
      return 0;
  }
  return 0;
}

void Connection::Close() {
  if (tls_) tls_->Close();
  std::error_code ignored;
  socket_.close(ignored);
}

std::string Connection::LocalAddress() const {
  std::error_code error;
  const auto local = socket_.local_endpoint(error);
  return error ? std::string() : local.address().to_string();
}

}  // namespace relaywatch::probe
