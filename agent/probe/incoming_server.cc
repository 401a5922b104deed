#include "agent/probe/incoming_server.h"

#include "agent/probe/probe.h"
#include "common/syntax.h"

namespace relaywatch::probe {

std::optional<IncomingServer> ParseIncomingServer(std::string_view text) {
  constexpr std::string_view kPop3 = "pop3://";
  constexpr std::string_view kImap = "imap://";
  const bool says_pop3 = text.starts_with(kPop3);
  const bool says_imap = text.starts_with(kImap);
  if (says_pop3 || says_imap) text.remove_prefix(kPop3.size());
  const auto target = ParseHostPort(text);
  if (!target) return std::nullopt;
  const bool is_imap_port = DefaultProtocol(target->port) == v1::PROTOCOL_IMAP;
  const bool is_imap = says_imap || (!says_pop3 && is_imap_port);
  return IncomingServer{.host = target->host,
                        .port = target->port,
                        .protocol = is_imap ? v1::PROTOCOL_IMAP : v1::PROTOCOL_POP3,
                        .security = DefaultSecurity(target->port)};
}

}  // namespace relaywatch::probe
