#include "collector/listen.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace relaywatch::collector {
namespace {

absl::Status Failure(const HostPort& address, int error) {
  return {absl::ErrnoToStatusCode(error),
          fmt::format("listen on {}: {}", FormatHostPort(address), std::strerror(error))};
}

}  // namespace

absl::Status CheckListen(const HostPort& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.host.c_str(), fmt::to_string(address.port).c_str(), &hints, &found) !=
      0) {
    return Failure(address, EADDRNOTAVAIL);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  const int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Failure(address, errno);
  // As the servers do, so that connections of an earlier life in TIME_WAIT do not count.
  const int yes = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int error = bind(descriptor, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  if (error == 0 && listen(descriptor, 1) != 0) error = errno;
  close(descriptor);
  return error == 0 ? absl::OkStatus() : Failure(address, error);
}

}  // namespace relaywatch::collector
