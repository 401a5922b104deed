#include "agent/probe/fault.h"

#include <cerrno>

namespace relaywatch::probe {
namespace {

v1::Failure ConnectFailure(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
      return v1::FAILURE_CONNECT_REFUSED;
    case ETIMEDOUT:
      return v1::FAILURE_CONNECT_TIMEOUT;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENOPROTOOPT:   // ICMP protocol unreachable
    case EAFNOSUPPORT:  // this host has no IPv6 (or no IPv4) at all
    case EACCES:        // prohibited by a route or a local firewall
    case EPERM:
      return v1::FAILURE_CONNECT_UNREACHABLE;
    default:
      return v1::FAILURE_LOCAL;
  }
}

}  // namespace

Fault ConnectFault(const std::error_code& error) {
  return {ConnectFailure(error.value()), error.message()};
}

Fault StreamFault(const std::error_code& error) {
  if (error.value() == ECONNRESET) return {v1::FAILURE_RESET, "Connection reset by peer"};
  // Linux says EPIPE for a reset that follows the peer's end of file (our bytes came too late): it
  // closed first. Whether the reset is seen at all depends on timing, the end of file does not.
  if (error.value() == EPIPE) return ClosedFault();
  // The network gave the connection up: the peer no longer answers.
  if (error.value() == ETIMEDOUT || error.value() == EHOSTUNREACH || error.value() == ENETUNREACH) {
    return {v1::FAILURE_REPLY_TIMEOUT, error.message()};
  }
  return {v1::FAILURE_LOCAL, error.message()};
}

Fault ClosedFault() { return {v1::FAILURE_CLOSED, "Connection closed by the server"}; }

Fault EarlyBytesFault() {
  return {v1::FAILURE_EARLY_BYTES, "the server spoke before it was asked"};
}

v1::Ending EndingOf(v1::Failure failure) {
  switch (failure) {
    case v1::FAILURE_CLOSED:
      return v1::ENDING_CLOSED;
    case v1::FAILURE_RESET:
      return v1::ENDING_RESET;
    case v1::FAILURE_CONNECT_TIMEOUT:
    case v1::FAILURE_REPLY_TIMEOUT:
      return v1::ENDING_TIMEOUT;
    default:
      return v1::ENDING_ERROR;
  }
}

}  // namespace relaywatch::probe
