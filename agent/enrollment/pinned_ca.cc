#include "agent/enrollment/pinned_ca.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "common/identity/x509.h"

namespace relaywatch::agent {
namespace {

using std::chrono::steady_clock;

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

  bool WaitFor(short events, steady_clock::time_point deadline) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd poll_fd{fd_, events, 0};
    return left.count() > 0 && poll(&poll_fd, 1, static_cast<int>(left.count())) == 1;
  }

 private:
  int fd_;
};

// 0, or the error.
int ConnectTo(const Socket& socket, const addrinfo& address, steady_clock::time_point deadline) {
  if (socket.fd() < 0) return errno;
  if (connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!socket.WaitFor(POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

absl::StatusOr<Socket> Connect(const HostPort& server, steady_clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int resolved =
      getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &hints, &found);
  if (resolved != 0) {
    return absl::UnavailableError(
        fmt::format("{}: {}", FormatHostPort(server), gai_strerror(resolved)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Socket made(socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    error = ConnectTo(made, *address, deadline);
    if (error == 0) return made;
  }
  return absl::UnavailableError(
      fmt::format("{}: {}", FormatHostPort(server), std::strerror(error)));
}

bool ShakeHands(SSL* ssl, const Socket& socket, steady_clock::time_point deadline) {
  while (true) {
    const int result = SSL_connect(ssl);
    if (result == 1) return true;
    const int error = SSL_get_error(ssl, result);
    const short events = error == SSL_ERROR_WANT_READ    ? POLLIN
                         : error == SSL_ERROR_WANT_WRITE ? POLLOUT
                                                         : 0;
    if (events == 0 || !socket.WaitFor(events, deadline)) return false;
  }
}

std::string FindPinned(SSL* ssl, const std::string& pin) {
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    if (x509::PublicKeyHash(certificate) == pin) return x509::ToPem(certificate);
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> FetchPinnedCa(const HostPort& server, const std::string& name,
                                          const std::string& pin, std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  const auto socket = Connect(server, deadline);
  if (!socket.ok()) return socket.status();
  const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // what counts is compared below
  const std::unique_ptr<SSL, FreeTls> ssl(SSL_new(context.get()));
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof kHttp2);
  if (!IsAddress(name)) SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  SSL_set_fd(ssl.get(), socket->fd());
  const bool shaken = ShakeHands(ssl.get(), *socket, deadline);
  ERR_clear_error();
  if (!shaken) {
    return absl::UnavailableError(
        fmt::format("{}: the TLS handshake failed", FormatHostPort(server)));
  }
  std::string ca = FindPinned(ssl.get(), pin);
  if (ca.empty()) {
    return absl::UnavailableError(
        fmt::format("{} does not show the CA that the token pins: either this is not the collector "
                    "that made the "
                    "token, or something on the way answers in its place",
                    FormatHostPort(server)));
  }
  return ca;
}

}  // namespace relaywatch::agent
