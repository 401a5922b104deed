// The server for incoming mail that a login goes to before relaying is tested again. Values;
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch::probe {

struct IncomingServer {
  std::string host;
  std::uint16_t port = 0;
  v1::Protocol protocol = v1::PROTOCOL_POP3;
  v1::Security security = v1::SECURITY_AUTO;
};

// "[pop3://|imap://]HOST:PORT"; without a scheme POP3 unless the port is IMAP's. Security by port.
std::optional<IncomingServer> ParseIncomingServer(std::string_view text);

}  // namespace relaywatch::probe
