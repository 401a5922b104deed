#include "tests/support/mail/config.h"

#include <filesystem>
#include <utility>

#include "common/yaml/reader.h"
#include "tests/support/scratch.h"

namespace relaywatch::support {
namespace {

// One of two words; anything else is a problem.
bool OneOf(yaml::Map& map, const char* key, const std::string& no, const std::string& yes) {
  const std::string word = map.String(key, no);
  if (word != no && word != yes) map.Complain(key, "'" + word + "' is not " + no + " or " + yes);
  return word == yes;
}

std::uint16_t Port(yaml::Map& map, std::int64_t fallback) {
  return static_cast<std::uint16_t>(map.Integer("port", fallback, {.min = 0, .max = 65'535}));
}

MailListener ReadListener(yaml::Map map) {
  MailListener listener;
  listener.address = map.RequiredString("address");
  std::error_code error;
  asio::ip::make_address(listener.address, error);
  if (error) map.Complain("address", "'" + listener.address + "' is no IP address");
  listener.port = Port(map, 0);
  listener.implicit_tls = OneOf(map, "security", "starttls", "tls");
  map.RejectOthers();
  return listener;
}

Fault ReadFault(yaml::Map map) {
  Fault fault;
  const std::string at = map.RequiredString("at");
  const std::string kind = map.RequiredString("kind");
  if (!StepNamed(at)) map.Complain("at", "'" + at + "' is no step of a dialogue");
  if (!FaultKindNamed(kind)) map.Complain("kind", "'" + kind + "' is no kind of fault");
  fault.at = StepNamed(at).value_or(Step::kBanner);
  fault.kind = FaultKindNamed(kind).value_or(FaultKind::kClose);
  fault.delay = map.Duration("delay", fault.delay);
  fault.text = map.String("text");
  map.RejectOthers();
  return fault;
}

Rule ReadRule(yaml::Map map) {
  Rule rule;
  rule.client = map.String("client", rule.client);
  if (!IsNetwork(rule.client)) map.Complain("client", "'" + rule.client + "' is no network");
  rule.port = Port(map, 0);
  rule.greeting = map.String("greeting");
  rule.starttls = map.Bool("starttls", true);
  if (auto auth = map.Child("auth")) {
    rule.auth_plain = auth->Strings("plain");
    rule.auth_tls = auth->Strings("tls");
    auth->RejectOthers();
  }
  rule.relay = OneOf(map, "relay", "refused", "accepted");
  for (yaml::Map& fault : map.Children("faults"))
    rule.faults.push_back(ReadFault(std::move(fault)));
  map.RejectOthers();
  return rule;
}

}  // namespace

absl::StatusOr<MailServerConfig> LoadMailServerConfig(const std::string& file) {
  absl::StatusOr<yaml::Document> document = yaml::Document::Load(file);
  if (!document.ok()) return document.status();
  yaml::Map root = document->Root();
  MailServerConfig config;
  config.name = root.String("name", config.name);
  const std::string identity = root.RequiredString("identity");
  const std::filesystem::path directory = std::filesystem::path(file).parent_path();
  config.identity_pem = ReadFile(directory / identity);
  if (!identity.empty() && config.identity_pem.empty()) {
    root.Complain("identity", "'" + identity + "' cannot be read");
  }
  if (root.Has("own_domains")) config.own_domains = root.Strings("own_domains");
  for (yaml::Map& listener : root.Children("listeners")) {
    config.listeners.push_back(ReadListener(std::move(listener)));
  }
  if (config.listeners.empty()) root.Complain("listeners", "none given");
  if (root.Has("rules")) config.rules.clear();
  for (yaml::Map& rule : root.Children("rules")) config.rules.push_back(ReadRule(std::move(rule)));
  root.RejectOthers();
  if (absl::Status problems = document->Result(); !problems.ok()) return problems;
  return config;
}

}  // namespace relaywatch::support
