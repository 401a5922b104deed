#include "agent/config/policy_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;

// What may stand in a host or mail address, and the star.
bool IsPattern(const std::string& text) {
  constexpr std::size_t kMaxPattern = 254;
  if (text.empty() || text.size() > kMaxPattern) return false;
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return true;
}

std::vector<std::string> ReadPatterns(yaml::Map& policy, const char* key) {
  std::vector<std::string> patterns = policy.Strings(key);
  if (patterns.empty() && policy.Has(key)) {
    policy.Complain(key, "lists nothing; leave the key out for its default");
  }
  for (const std::string& pattern : patterns) {
    if (!IsPattern(pattern)) {
      policy.Complain(key, fmt::format("\"{}\" is no pattern such as \"*.example.com\"", pattern));
    }
  }
  return patterns;
}

void ReadRecipients(yaml::Map& policy, PolicyConfig& config) {
  config.recipients = ReadPatterns(policy, "recipients");
  for (const std::string& pattern : config.recipients) {
    if (pattern != "*" && pattern.find('@') == std::string::npos) {
      policy.Complain("recipients",
                      fmt::format("\"{}\" has no \"@\", as in \"*@example.com\"", pattern));
    }
  }
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stopped != end || port == 0) return std::nullopt;
  return port;
}

// "587", "1024-65535".
void ReadPortRanges(yaml::Map& policy, PolicyConfig& config) {
  const std::vector<std::string> texts = policy.Strings("ports");
  if (!policy.Has("ports")) return;
  config.ports.clear();
  for (const std::string& text : texts) {
    const std::size_t dash = text.find('-');
    const auto first = ParsePort(std::string_view(text).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : ParsePort(std::string_view(text).substr(dash + 1));
    if (!first || !last || *last < *first) {
      policy.Complain("ports", fmt::format("\"{}\" is neither a port nor a range of ports", text));
    } else {
      config.ports.emplace_back(*first, *last);
    }
  }
}

void ReadNetworks(yaml::Map& policy, PolicyConfig& config) {
  const std::vector<std::string> texts = policy.Strings("networks");
  if (!policy.Has("networks")) return;
  config.public_networks = false;
  for (const std::string& text : texts) {
    const auto network = Cidr::Parse(text);
    if (text == "public") {
      config.public_networks = true;
    } else if (network) {
      config.networks.push_back(*network);
    } else {
      policy.Complain("networks", fmt::format("\"{}\" is neither a network such as 10.0.0.0/8 nor "
                                              "the word public",
                                              text));
    }
  }
}

}  // namespace

PolicyConfig ReadPolicy(yaml::Map& root) {
  PolicyConfig config;
  auto policy = root.Child("policy");
  if (!policy) return config;
  ReadPortRanges(*policy, config);
  config.hosts = ReadPatterns(*policy, "hosts");
  ReadNetworks(*policy, config);
  ReadRecipients(*policy, config);
  config.min_interval =
      policy->Duration("min_interval", config.min_interval, {.min = 5s, .max = 24h});
  config.max_probes_per_minute = static_cast<unsigned>(
      policy->Integer("max_probes_per_minute", 0, {.min = 1, .max = 100'000}));
  policy->RejectOthers();
  return config;
}

}  // namespace relaywatch::agent
