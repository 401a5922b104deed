// Which mail services a domain has, by what its DNS says: SRV records of submission, IMAP and POP3
// (RFC 6186, RFC 8314 section 5.1) and, for port 25, its mail exchangers (RFC 5321 section 5.1;
// the domain itself where there is none, nobody where it is the null one of RFC 7505).
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/probe/service_records.h"
#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch::probe {

struct Service {
  std::string host;
  std::uint16_t port = 0;
  v1::Protocol protocol = v1::PROTOCOL_SMTP;
  v1::Security security = v1::SECURITY_AUTO;
  std::string record;  // what names it: "_submission._tcp", "MX", "implicit MX"
};

struct Discovery {
  // Submission, then port 25, IMAP, POP3; each in the order in which clients try them. Not the same
  // host and port twice.
  std::vector<Service> services;
  // Records that could not be asked for: what is missing from `services` may be there all the same.
  std::vector<std::string> unanswered;  // "_imap._tcp.example.com: no answer in time"
};

// `records` must outlive the call.
asio::awaitable<Discovery> Discover(ServiceRecords& records, std::string domain,
                                    std::chrono::steady_clock::time_point deadline);

}  // namespace relaywatch::probe
