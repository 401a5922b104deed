// A DNS server on loopback that answers A, AAAA, MX and SRV questions from a table whatever the
// name, or not at all. Runs on the resolver's own io_context. RFC 1035, section 4; RFC 2782.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/probe/service_records.h"

namespace relaywatch::probe {

struct ZoneAnswer {
  enum class Rcode : std::uint8_t { kNoError = 0, kServerFailure = 2, kNoSuchName = 3 };
  Rcode rcode = Rcode::kNoError;
  std::vector<std::string> addresses = {};  // those of the family that is asked for are sent
  std::vector<ServiceRecord> services = {};
  std::vector<ExchangerRecord> exchangers = {};
  bool silent = false;
};

class NameServer {
 public:
  NameServer(asio::io_context& io, ZoneAnswer answer);

  // "127.0.0.1:PORT", as CaresResolver takes it.
  std::string Address() const;
  int questions() const { return questions_; }
  void Stop() { socket_.close(); }

 private:
  void Receive();
  std::string Reply(std::string_view question) const;
  // The records that a question of this type gets, each encoded.
  std::vector<std::string> RecordsOf(char type) const;

  asio::ip::udp::socket socket_;
  const ZoneAnswer answer_;
  asio::ip::udp::endpoint client_;
  std::array<char, 512> buffer_{};
  int questions_ = 0;
};

}  // namespace relaywatch::probe
