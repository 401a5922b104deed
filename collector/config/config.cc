#include "collector/config/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>

#include "collector/config/plan_reader.h"
#include "common/log.h"
#include "common/yaml/reader.h"

namespace relaywatch::collector {
namespace {

// sockaddr_un::sun_path with its terminating zero.
constexpr std::size_t kMaxSocketPath = 107;

// A SPIFFE trust domain (SPIFFE-ID section 2.1).
bool IsTrustDomain(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
  });
}

// As ParseHostPort, and port 0 for one that the system chooses.
std::optional<HostPort> ParseListen(const std::string& text) {
  if (!text.ends_with(":0")) return ParseHostPort(text);
  auto parsed = ParseHostPort(text.substr(0, text.size() - 1) + "1");
  if (parsed) parsed->port = 0;
  return parsed;
}

std::optional<HostPort> ReadHostPort(yaml::Map& listen, std::string_view key,
                                     const std::string& text) {
  auto parsed = ParseListen(text);
  if (!parsed) {
    listen.Complain(key, fmt::format("\"{}\" is not host:port", text));
  } else if (!IsAddress(parsed->host) && parsed->host != "localhost") {
    listen.Complain(key, fmt::format("\"{}\" is not an address of this host", parsed->host));
    parsed.reset();
  } else if (parsed->host == "localhost") {
    parsed->host = "127.0.0.1";
  }
  return parsed;
}

void ReadHostPort(yaml::Map& listen, std::string_view key, HostPort& value) {
  const auto read = ReadHostPort(listen, key, listen.String(key, FormatHostPort(value)));
  if (read) value = *read;
}

void ReadListen(yaml::Map& root, Config& config) {
  auto listen = root.Child("listen");
  if (!listen) return;
  ReadHostPort(*listen, "agents", config.agents);
  ReadHostPort(*listen, "enrollment", config.enrollment);
  ReadHostPort(*listen, "http", config.http);
  const std::string operators = listen->String("operators");
  if (!operators.empty()) config.operators = ReadHostPort(*listen, "operators", operators);
  config.admin = listen->String("admin", config.admin);
  if (config.admin.empty() || config.admin.size() > kMaxSocketPath) {
    listen->Complain("admin", fmt::format("must be a path of 1-{} characters", kMaxSocketPath));
  }
  listen->RejectOthers();
}

// What agents may call a collector with a PKI of its own.
std::vector<std::string> OwnNames() {
  std::array<char, 256> name{};
  std::vector<std::string> names;
  if (gethostname(name.data(), name.size() - 1) == 0 && IsHost(name.data())) {
    names.emplace_back(name.data());
  }
  for (const char* local : {"localhost", "127.0.0.1", "::1"}) {
    if (names.empty() || names.front() != local) names.emplace_back(local);
  }
  return names;
}

void ReadPki(yaml::Map& root, Config& config) {
  config.identity = root.String("identity");
  config.ca = root.String("ca");
  config.issuer = root.String("issuer");
  config.server_names = root.Strings("server_names");
  for (const std::string& name : config.server_names) {
    if (!IsHost(name)) {
      root.Complain("server_names",
                    fmt::format("\"{}\" is neither a host name nor an address", name));
    }
  }
  constexpr yaml::DurationRange kLifetimes{.min = std::chrono::minutes(1),
                                           .max = std::chrono::hours(24 * 90)};
  config.certificate_lifetime = std::chrono::duration_cast<std::chrono::seconds>(
      root.Duration("certificate_lifetime", config.certificate_lifetime, kLifetimes));
  if (config.UsesOwnPki()) {
    if (config.server_names.empty()) config.server_names = OwnNames();
    return;
  }
  if (!config.server_names.empty()) {
    root.Complain("server_names", "is of no use: the names stand in the certificate of `identity`");
  }
  for (const char* key : {"identity", "ca"}) (void)root.RequiredString(key);
}

void ReadRetention(yaml::Map& root, Retention& retention) {
  auto map = root.Child("retention");
  if (!map) return;
  constexpr yaml::DurationRange kRange{.min = std::chrono::hours(24),
                                       .max = std::chrono::hours(24 * 3650)};
  retention.raw = map->Duration("raw", retention.raw, kRange);
  retention.five_minutes = map->Duration("five_minutes", retention.five_minutes, kRange);
  retention.hours = map->Duration("hours", retention.hours, kRange);
  if (retention.five_minutes < retention.raw) {
    map->Complain("five_minutes", "must not be shorter than `raw`");
  }
  if (retention.hours < retention.five_minutes) {
    map->Complain("hours", "must not be shorter than `five_minutes`");
  }
  map->RejectOthers();
}

void ReadDaemon(yaml::Map& root, Config& config) {
  ReadListen(root, config);
  ReadPki(root, config);
  config.web_config = root.String("web_config");
  config.deployment = root.RequiredString("deployment");
  if (!config.deployment.empty() && !IsTrustDomain(config.deployment)) {
    root.Complain("deployment", "must be lower-case letters, digits, \".\", \"-\" and \"_\"");
  }
  config.data_directory = root.String("data_directory", config.data_directory);
  if (config.data_directory.empty()) root.Complain("data_directory", "must not be empty");
  ReadRetention(root, config.retention);
  config.log_level = root.String("log_level", config.log_level);
  if (!IsLogLevel(config.log_level)) {
    root.Complain("log_level", fmt::format("\"{}\" is not trace, debug, info, warning or error",
                                           config.log_level));
  }
}

absl::StatusOr<Config> Read(yaml::Document document) {
  Config config;
  yaml::Map root = document.Root();
  ReadDaemon(root, config);
  config.client_profiles = ReadClientProfiles(root);
  std::set<std::string> profiles;
  for (const auto& profile : judge::BuiltInProfiles()) profiles.insert(profile.name);
  for (const auto& profile : config.client_profiles) profiles.insert(profile.name);
  config.plan = ReadPlan(root, profiles, config.limits);
  root.RejectOthers();
  if (auto result = document.Result(); !result.ok()) return result;
  return config;
}

}  // namespace

absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& name) {
  auto document = yaml::Document::Parse(text, name);
  if (!document.ok()) return document.status();
  return Read(*std::move(document));
}

absl::StatusOr<Config> LoadConfig(const std::string& file) {
  auto document = yaml::Document::Load(file);
  if (!document.ok()) return document.status();
  auto config = Read(*std::move(document));
  if (!config.ok()) return config;
  const std::filesystem::path base = std::filesystem::absolute(file).parent_path();
  for (std::string* path : {&config->identity, &config->ca, &config->issuer,
                            &config->data_directory, &config->admin, &config->web_config}) {
    if (!path->empty())
      *path = (base / *path).lexically_normal();  // an absolute path replaces the base
  }
  return config;
}

}  // namespace relaywatch::collector
