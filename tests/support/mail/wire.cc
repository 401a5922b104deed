#include "tests/support/mail/wire.h"

#include <array>
#include <asio/buffer.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <utility>

namespace relaywatch::support {
namespace {

constexpr std::size_t kMaxLineBytes = 4'096;

}  // namespace

MailWire::MailWire(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<std::string> MailWire::ReadLine() {
  auto buffer = asio::dynamic_buffer(received_, kMaxLineBytes);
  std::size_t size = 0;
  if (tls_) {
    size = co_await asio::async_read_until(*tls_, buffer, '\n', asio::use_awaitable);
  } else {
    size = co_await asio::async_read_until(socket_, buffer, '\n', asio::use_awaitable);
  }
  std::string line = received_.substr(0, size - 1);
  received_.erase(0, size);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  co_return line;
}

asio::awaitable<void> MailWire::Write(std::string bytes) {
  if (tls_) {
    co_await asio::async_write(*tls_, asio::buffer(bytes), asio::use_awaitable);
  } else {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
  }
}

asio::awaitable<void> MailWire::StartTls(asio::ssl::context& context) {
  received_.clear();
  tls_.emplace(socket_, context);
  co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
}

asio::awaitable<void> MailWire::AwaitBytes() {
  co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::use_awaitable);
}

asio::awaitable<void> MailWire::Ignore() {
  std::array<char, 512> bytes;
  while (true) co_await socket_.async_read_some(asio::buffer(bytes), asio::use_awaitable);
}

void MailWire::Close() {
  std::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void MailWire::Reset() {
  std::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace relaywatch::support
