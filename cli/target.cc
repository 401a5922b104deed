#include "cli/target.h"

#include <fmt/format.h>

#include <string>

#include "absl/status/status.h"

namespace relaywatch::cli {
namespace {

// Why ParseHostPort would not take it, in the order in which a reader would look.
std::string_view WhatIsWrong(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t close = text.find(']');
  if (bracketed && close == std::string_view::npos) return "the bracket is not closed";
  const std::size_t colon = bracketed ? close + 1 : text.rfind(':');
  if (colon >= text.size() || text[colon] != ':') return "the port is missing";

  const std::string_view host = bracketed ? text.substr(1, close - 1) : text.substr(0, colon);
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (bracketed && !(has_colon && IsAddress(host))) return "no IPv6 address stands in the brackets";
  if (!bracketed && has_colon) return "an IPv6 address needs brackets";
  if (!IsHost(host)) return "this is no host name and no address";
  return "the port is not a number in 1-65535";
}

}  // namespace

absl::StatusOr<HostPort> ParseTarget(std::string_view text) {
  if (const auto target = ParseHostPort(text)) return *target;
  return absl::InvalidArgumentError(fmt::format(
      "target \"{}\": {}; write HOST:PORT, or [ADDRESS]:PORT for IPv6", text, WhatIsWrong(text)));
}

}  // namespace relaywatch::cli
