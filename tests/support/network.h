// The small things tests need of the network: a free port, a port that answers, an HTTP GET.
// Loopback only. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace relaywatch::support {

// A TCP port nobody listens on at any IPv4 address of this host, below the range from which the
// system draws the ports of outgoing connections, so that it stays free until its server starts.
// Prefer port 0 where the server can tell what it got.
std::uint16_t FreePort();

// A port at 127.0.0.1 that somebody else is listening on.
class TakenPort {
 public:
  TakenPort();
  ~TakenPort();
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

// Until something accepts at address:port; false where the limit passed.
bool WaitForPort(const std::string& address, std::uint16_t port,
                 std::chrono::milliseconds limit = std::chrono::seconds(10));

struct HttpReply {
  int status = 0;  // 0: no answer
  std::string body;
  std::string head;  // status line and headers
};

// GET (or `method`) of http://127.0.0.1:PORT + `target`, at most 10 s.
HttpReply Http(std::uint16_t port, std::string_view target, std::string_view method = "GET");

// Percent-encoding for a query's values.
std::string UrlEncode(std::string_view text);

}  // namespace relaywatch::support
