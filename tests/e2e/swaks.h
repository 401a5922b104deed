// A dialogue as swaks saw it, and as `relaywatch probe` did, in one form that can be compared.
// Confined to one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace relaywatch::e2e {

// A command and the lines of its reply, codes included; the greeting answers the command "".
struct Exchange {
  std::string command;
  std::vector<std::string> reply;

  bool operator==(const Exchange&) const = default;
  // The reply without codes.
  std::vector<std::string> Texts() const;
};

void PrintTo(const Exchange& exchange, std::ostream* out);

using Exchanges = std::vector<Exchange>;

struct Account {
  std::string user;
  std::string password;
  std::string mechanism;
};

// The client of both, and what it says.
struct Visit {
  std::uint16_t port;
  std::string source;
  std::string security;  // of `relaywatch probe`: none, starttls or tls
  std::optional<Account> login = {};
};

// From the greeting to the last RCPT: a@example.com writes to itself and to b@example.net. With a
// login to its end instead. What differs each time, such as the date and a challenge, is replaced,
// and so is what a credential is in.
Exchanges HeardBySwaks(const Visit& visit);
// The same from the document of a probe with --transcript.
Exchanges HeardByProbe(const nlohmann::json& document);

inline constexpr const char* kEhloName = "client.example.com";

}  // namespace relaywatch::e2e
