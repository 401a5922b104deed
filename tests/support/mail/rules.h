// What the demonstration mail server does to whom: rules by client network and port, the first
// match wins, and faults by step of the dialogue, as smtp-sink of Postfix has them by switch, with
// those of STARTTLS added. Plain values.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaywatch::support {

// Where in the dialogue: the reply to that command; kBanner: the greeting; kTls: the answer to the
// ClientHello.
enum class Step { kBanner, kEhlo, kStarttls, kTls, kAuth, kMail, kRcpt, kRset, kQuit };

enum class FaultKind {
  kDelay,       // the reply comes after `delay`
  kClose,       // the connection is closed instead
  kReset,       // the same with a TCP reset
  kGarbage,     // bytes of no protocol instead
  kTarpit,      // a continuation line every `delay`, without end; at kTls: silence
  kReply,       // `text` instead, e.g. a wrong code
  kByteByByte,  // the reply, one byte every `delay`
  kSmuggle,     // `text` behind the reply in the same segment
};

struct Fault {
  Step at = Step::kBanner;
  FaultKind kind = FaultKind::kClose;
  std::chrono::milliseconds delay{0};
  std::string text = "";
};

struct Rule {
  std::string client = "0.0.0.0/0";          // network in CIDR notation
  std::uint16_t port = 0;                    // of the server; 0: every
  std::string greeting = "";                 // whole line with code; empty: the usual 220
  bool starttls = true;                      // offered where TLS has not begun
  std::vector<std::string> auth_plain = {};  // mechanisms announced before TLS
  std::vector<std::string> auth_tls = {};    // ... and inside it
  bool relay = false;                        // a foreign recipient is accepted without login
  std::vector<Fault> faults = {};

  bool Matches(const asio::ip::address& from, std::uint16_t at) const;
  const Fault* FaultAt(Step step) const;
};

// nullptr where none matches.
const Rule* FirstMatch(const std::vector<Rule>& rules, const asio::ip::address& from,
                       std::uint16_t at);

// True where `network` is CIDR notation that Rule::Matches understands.
bool IsNetwork(const std::string& network);

// "banner", "ehlo", ... and "delay", "byte_by_byte", ...
std::optional<Step> StepNamed(std::string_view name);
std::optional<FaultKind> FaultKindNamed(std::string_view name);

}  // namespace relaywatch::support
