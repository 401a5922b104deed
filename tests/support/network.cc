#include "tests/support/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cctype>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/support/process.h"

namespace relaywatch::support {
namespace {

class Socket {
 public:
  Socket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in Endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in endpoint{};
  endpoint.sin_family = AF_INET;
  endpoint.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &endpoint.sin_addr);
  return endpoint;
}

bool Connect(const Socket& socket, const std::string& address, std::uint16_t port) {
  const sockaddr_in endpoint = Endpoint(address, port);
  return connect(socket.fd(), reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint) == 0;
}

bool IsFree(std::uint16_t port) {
  const Socket socket;
  const sockaddr_in endpoint = Endpoint("0.0.0.0", port);
  return bind(socket.fd(), reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint) == 0;
}

// Tests run beside each other: what one was given no other gets, even before a server listens
// there. The name of an abstract socket is the mark, gone with the process.
bool Claim(std::uint16_t port) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const int length =
      snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "relaywatch-port-%d", port);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&name), size) == 0) return true;  // kept open
  close(fd);
  return false;
}

}  // namespace

std::uint16_t FreePort() {
  constexpr std::uint16_t kFirst = 20'000;
  constexpr std::uint16_t kLast = 32'000;  // Linux draws from 32768 on
  std::random_device random;
  std::uniform_int_distribution<std::uint16_t> draw(kFirst, kLast);
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    const std::uint16_t port = draw(random);
    if (Claim(port) && IsFree(port)) return port;
  }
  fprintf(stderr, "no free port between %d and %d\n", kFirst, kLast);
  std::abort();
}

TakenPort::TakenPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in endpoint = Endpoint("127.0.0.1", 0);
  socklen_t size = sizeof endpoint;
  auto* address = reinterpret_cast<sockaddr*>(&endpoint);
  if (bind(fd_, address, size) != 0 || listen(fd_, 1) != 0 ||
      getsockname(fd_, address, &size) != 0) {
    perror("taking a port");
    std::abort();
  }
  port_ = ntohs(endpoint.sin_port);
}

TakenPort::~TakenPort() { close(fd_); }

bool WaitForPort(const std::string& address, std::uint16_t port, std::chrono::milliseconds limit) {
  return Eventually(limit, [&] { return Connect(Socket(), address, port); });
}

// HTTP/1.0: the body ends with the connection, so there are no chunks to join.
HttpReply Http(std::uint16_t port, std::string_view target, std::string_view method) {
  const Socket socket;
  const std::string request =
      std::string(method) + " " + std::string(target) + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
  if (!Connect(socket, "127.0.0.1", port) ||
      send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return {};
  }
  std::string answer;
  char buffer[16 * 1024];
  for (ssize_t n = 0; (n = recv(socket.fd(), buffer, sizeof buffer, 0)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(n));
  }
  HttpReply reply;
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos || sscanf(answer.c_str(), "HTTP/%*s %d", &reply.status) != 1) {
    return {};
  }
  reply.head = answer.substr(0, head);
  reply.body = answer.substr(head + 4);
  return reply;
}

std::string UrlEncode(std::string_view text) {
  std::string encoded;
  for (const unsigned char byte : text) {
    char escape[4];
    snprintf(escape, sizeof escape, "%%%02X", byte);
    encoded += std::isalnum(byte) ? std::string(1, static_cast<char>(byte)) : std::string(escape);
  }
  return encoded;
}

}  // namespace relaywatch::support
