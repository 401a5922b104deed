#include "agent/config/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/config/policy_reader.h"
#include "agent/probe/incoming_server.h"
#include "agent/probe/sasl.h"
#include "common/log.h"
#include "common/syntax.h"
#include "common/yaml/reader.h"

namespace relaywatch::agent {
namespace {

constexpr std::uint64_t kMinSpoolBytes = 1ULL << 20;
constexpr std::uint64_t kMaxSpoolBytes = 64ULL << 30;

// A file named in the configuration, as it is seen from where the daemon was started.
std::string Resolve(const std::string& named, const std::string& config_file) {
  if (named.empty()) return named;
  return std::filesystem::path(config_file).parent_path() / named;  // keeps an absolute one
}

std::string ReadCollector(yaml::Map& root, std::string& host) {
  std::string collector = root.RequiredString("collector");
  if (collector.empty()) return collector;
  const auto target = ParseHostPort(collector);
  if (!target) {
    root.Complain("collector", fmt::format("\"{}\" is not host:port", collector));
    return collector;
  }
  host = target->host;
  return collector;
}

void ReadCollectorName(yaml::Map& root, const std::string& fallback, Config& config) {
  config.collector_name = root.String("collector_name", fallback);
  if (config.collector_name.empty() || IsHost(config.collector_name)) return;
  root.Complain("collector_name",
                fmt::format("\"{}\" is neither a host name nor an address", config.collector_name));
}

void ReadEnrollment(yaml::Map& enrollment, const std::string& file, Config& config) {
  EnrollmentConfig read;
  read.address = enrollment.RequiredString("address");
  if (!read.address.empty() && !ParseHostPort(read.address)) {
    enrollment.Complain("address", fmt::format("\"{}\" is not host:port", read.address));
  }
  read.token_file = Resolve(enrollment.RequiredString("token_file"), file);
  enrollment.RejectOthers();
  config.enrollment = std::move(read);
}

// Ours by enrolment, or files of an outside PKI.
void ReadIdentity(yaml::Map& root, const std::string& file, Config& config) {
  auto enrollment = root.Child("enrollment");
  if (!enrollment) {
    config.identity = Resolve(root.RequiredString("identity"), file);
    config.ca = Resolve(root.RequiredString("ca"), file);
    return;
  }
  ReadEnrollment(*enrollment, file, config);
  for (const char* key : {"identity", "ca"}) {
    if (!root.String(key).empty()) root.Complain(key, "is of no use beside enrollment");
  }
  if (config.state_directory.empty()) {
    root.Complain("enrollment", "needs a state_directory to keep the identity in");
  }
  config.identity = config.state_directory + "/identity.pem";
  config.ca = config.state_directory + "/ca.pem";
}

void ReadLocation(yaml::Map& root, Config& config) {
  config.location = root.String("location");
  if (config.location.empty() || IsLabelName(config.location)) return;
  root.Complain(
      "location",
      fmt::format("\"{}\" is not a name: at most 63 letters, digits and . _ -", config.location));
}

void ReadProbing(yaml::Map& root, const std::string& file, Config& config) {
  config.source_address = root.String("source_address");
  if (!config.source_address.empty() && !IsAddress(config.source_address)) {
    root.Complain("source_address", fmt::format("\"{}\" is not an address", config.source_address));
  }
  config.ehlo_name = root.String("ehlo_name");
  if (!config.ehlo_name.empty() && !IsEhloName(config.ehlo_name)) {
    root.Complain("ehlo_name", fmt::format("\"{}\" is neither a host name nor an address literal "
                                           "such as [192.0.2.1]",
                                           config.ehlo_name));
  }
  config.mail_ca = Resolve(root.String("mail_ca"), file);
}

std::vector<std::uint16_t> ReadPorts(yaml::Map& login) {
  std::vector<std::uint16_t> ports;
  for (const std::string& text : login.Strings("ports")) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, port).ptr != end || port == 0) {
      login.Complain("ports", fmt::format("\"{}\" is not a port", text));
    }
    ports.push_back(port);
  }
  return ports;
}

std::string ReadMechanism(yaml::Map& login) {
  std::string mechanism = login.String("mechanism");
  const auto known = probe::SupportedMechanisms();
  if (!mechanism.empty() && std::find(known.begin(), known.end(), mechanism) == known.end()) {
    login.Complain("mechanism",
                   fmt::format("\"{}\" is not one of {}", mechanism, fmt::join(known, ", ")));
  }
  return mechanism;
}

// Its name stands in lines of text, such as the file that remembers refusals.
std::string ReadUser(yaml::Map& login) {
  std::string user = login.RequiredString("user");
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(user.begin(), user.end(), is_control)) {
    login.Complain("user", "has control characters");
  }
  return user;
}

std::optional<probe::IncomingServer> ReadIncomingServer(yaml::Map& login) {
  const std::string text = login.String("pop_before_smtp");
  if (text.empty()) return std::nullopt;
  auto server = probe::ParseIncomingServer(text);
  if (!server) {
    login.Complain("pop_before_smtp",
                   fmt::format("\"{}\" is not [pop3://|imap://]host:port", text));
  }
  return server;
}

void ReadLogins(yaml::Map& root, const std::string& file, Config& config) {
  for (yaml::Map& login : root.Children("logins")) {
    LoginConfig read;
    read.host = login.RequiredString("host");
    if (!read.host.empty() && !IsHost(read.host)) {
      login.Complain("host",
                     fmt::format("\"{}\" is neither a host name nor an address", read.host));
    }
    read.ports = ReadPorts(login);
    read.user = ReadUser(login);
    read.password_file = Resolve(login.RequiredString("password_file"), file);
    read.mechanism = ReadMechanism(login);
    read.blind_auth = login.Bool("blind_auth", false);
    read.pop_before_smtp = ReadIncomingServer(login);
    login.RejectOthers();
    config.logins.push_back(std::move(read));
  }
}

// "512KiB", "256MiB", "2GiB".
std::optional<std::uint64_t> ParseBytes(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  for (const auto& [unit, shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    std::uint32_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) break;
    return std::uint64_t{count} << shift;
  }
  return std::nullopt;
}

void ReadQueue(yaml::Map& root, Config& config) {
  auto map = root.Child("queue");
  if (!map) return;
  QueueConfig& queue = config.queue;
  queue.max_results = static_cast<std::size_t>(
      map->Integer("max_results", static_cast<std::int64_t>(config.MaxResults()),
                   {.min = 100, .max = 1'000'000}));
  const std::string bytes = map->String("max_bytes", "256MiB");
  queue.max_bytes = ParseBytes(bytes).value_or(0);
  if (queue.max_bytes < kMinSpoolBytes || queue.max_bytes > kMaxSpoolBytes) {
    map->Complain("max_bytes",
                  fmt::format("\"{}\" is not a size from 1MiB to 64GiB, such as 256MiB", bytes));
  }
  queue.max_age = map->Duration("max_age", queue.max_age, {.min = std::chrono::hours(1)});
  queue.min_free_percent = static_cast<unsigned>(
      map->Integer("min_free_percent", queue.min_free_percent, {.min = 1, .max = 50}));
  map->RejectOthers();
}

void ReadLogLevel(yaml::Map& root, Config& config) {
  config.log_level = root.String("log_level", config.log_level);
  if (IsLogLevel(config.log_level)) return;
  root.Complain("log_level", fmt::format("\"{}\" is not one of trace, debug, info, warning, error",
                                         config.log_level));
}

absl::StatusOr<Config> Read(absl::StatusOr<yaml::Document> document, const std::string& file) {
  if (!document.ok()) return document.status();
  yaml::Map root = document->Root();
  Config config;
  std::string host;
  config.collector = ReadCollector(root, host);
  ReadCollectorName(root, host, config);
  config.state_directory = Resolve(root.String("state_directory"), file);
  ReadIdentity(root, file, config);
  ReadLocation(root, config);
  ReadProbing(root, file, config);
  ReadLogins(root, file, config);
  config.policy = ReadPolicy(root);
  ReadQueue(root, config);
  ReadLogLevel(root, config);
  root.RejectOthers();
  if (auto result = document->Result(); !result.ok()) return result;
  return config;
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& file) {
  return Read(yaml::Document::Load(file), file);
}

absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& file) {
  return Read(yaml::Document::Parse(text, file), file);
}

}  // namespace relaywatch::agent
