#include "cli/probe_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "cli/target.h"
#include "common/taxonomy.h"
#include "common/yaml/reader.h"

namespace relaywatch::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxConcurrency = 1'000;
constexpr std::size_t kMaxDefaultConcurrency = 16;
constexpr std::size_t kMaxRepeat = 1'000'000;
constexpr milliseconds kMinTimeout{10};
constexpr milliseconds kMaxTimeout{3'600'000};

absl::Status Wrong(std::string_view flag, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", flag, what));
}

// A value of a small vocabulary, or the default where the flag was not given.
template <typename Value, typename Parse>
absl::StatusOr<Value> Word(std::string_view flag, const std::string& word, Value fallback,
                           Parse parse, std::string_view allowed) {
  if (word.empty()) return fallback;
  const std::optional<Value> value = parse(word);
  if (!value) return Wrong(flag, fmt::format("\"{}\" is not one of {}", word, allowed));
  return *value;
}

absl::StatusOr<probe::RelayTest> RelayTestOf(const ProbeOptions& options) {
  if (options.from.empty() && (!options.to.empty() || !options.own.empty())) {
    return Wrong("--from", "is needed with --to and --own");
  }
  for (const auto& [flag, address] :
       {std::pair{"--from", options.from}, {"--own", options.own}, {"--to", options.to}}) {
    if (!address.empty() && !IsMailAddress(address)) {
      return Wrong(flag, fmt::format("\"{}\" is not a mail address", address));
    }
  }
  return probe::RelayTest{.from = options.from,
                          .own = options.own.empty() ? options.from : options.own,
                          .foreign = options.to};
}

absl::StatusOr<probe::Limits> LimitsOf(const ProbeOptions& options) {
  probe::Limits limits;
  if (options.timeout.empty()) return limits;
  const auto timeout = yaml::ParseDuration(options.timeout);
  if (!timeout || *timeout < kMinTimeout || *timeout > kMaxTimeout) {
    return Wrong("--timeout",
                 fmt::format("\"{}\" is not a duration in 10ms-1h, such as 8s", options.timeout));
  }
  limits.dialogue = *timeout;
  // The whole is bounded; a longer timeout does not make single steps more patient than they are.
  for (milliseconds* part :
       {&limits.resolve, &limits.connect, &limits.banner, &limits.reply, &limits.tls}) {
    *part = std::min(*part, *timeout);
  }
  return limits;
}

absl::StatusOr<std::vector<const judge::ClientProfile*>> ProfilesOf(const ProbeOptions& options) {
  std::vector<const judge::ClientProfile*> profiles;
  for (const std::string& name : options.profiles) {
    const judge::ClientProfile* profile = judge::FindBuiltInProfile(name);
    if (profile == nullptr) {
      std::vector<std::string> known;
      for (const auto& built_in : judge::BuiltInProfiles()) known.push_back(built_in.name);
      return Wrong("--profile",
                   fmt::format("\"{}\" is not one of {}", name, fmt::join(known, ", ")));
    }
    if (std::find(profiles.begin(), profiles.end(), profile) == profiles.end()) {
      profiles.push_back(profile);
    }
  }
  if (profiles.empty()) {
    for (const auto& built_in : judge::BuiltInProfiles()) profiles.push_back(&built_in);
  }
  return profiles;
}

// Everything of a request but its target.
absl::StatusOr<probe::Request> CommonRequest(const ProbeOptions& options) {
  probe::Request request;
  if (options.ipv4 && options.ipv6) return Wrong("--ipv4", "excludes --ipv6");
  request.family = options.ipv4   ? probe::AddressFamily::kIpv4
                   : options.ipv6 ? probe::AddressFamily::kIpv6
                                  : probe::AddressFamily::kAny;
  request.addresses =
      options.all_addresses ? probe::Addresses::kAll : probe::Addresses::kFirstThatConnects;
  if (!options.source.empty() && !IsAddress(options.source)) {
    return Wrong("--source", fmt::format("\"{}\" is not an IP address", options.source));
  }
  request.source = options.source;
  request.server_name = options.server_name;
  request.ehlo_name = options.ehlo_name;
  request.keep_transcript = options.transcript;

  auto relay_test = RelayTestOf(options);
  if (!relay_test.ok()) return relay_test.status();
  request.relay_test = *std::move(relay_test);
  auto expectation = Word("--expect-relay", options.expect_relay, v1::RELAY_EXPECTATION_UNSPECIFIED,
                          ParseRelayExpectation, "accepted, refused");
  if (!expectation.ok()) return expectation.status();
  request.relay_expectation = *expectation;
  auto limits = LimitsOf(options);
  if (!limits.ok()) return limits.status();
  request.limits = *limits;
  if (auto login = ApplyLoginOptions(options.login, request); !login.ok()) return login;
  return request;
}

absl::StatusOr<ProbeJob> JobOf(const ProbeOptions& options, const probe::Request& common,
                               const std::string& text) {
  auto target = ParseTarget(text);
  if (!target.ok()) return target.status();
  auto protocol = Word("--protocol", options.protocol, probe::DefaultProtocol(target->port),
                       ParseProtocol, "smtp, pop3, imap");
  if (!protocol.ok()) return protocol.status();
  auto security = Word("--security", options.security, probe::DefaultSecurity(target->port),
                       ParseSecurity, "auto, none, starttls, tls");
  if (!security.ok()) return security.status();
  ProbeJob job{.target = *std::move(target), .request = common};
  job.request.host = job.target.host;
  job.request.port = job.target.port;
  job.request.protocol = *protocol;
  job.request.security = *security;
  return job;
}

}  // namespace

void AddProbeOptions(CLI::App& app, ProbeOptions& options) {
  auto* protocol =
      app.add_option("--protocol", options.protocol, "smtp, pop3 or imap (default: by port)");
  auto* security =
      app.add_option("--security", options.security,
                     "auto, none, starttls or tls (default: tls on 465, 993 and 995, else auto)");
  app.add_option("target", options.targets, "HOST:PORT; IPv6 as [::1]:587");
  app.add_option("--domain", options.domains,
                 "probe the mail services of a domain by its SRV and MX records, repeatable")
      ->excludes(protocol)
      ->excludes(security);
  app.add_option("--profile", options.profiles,
                 "a client profile to judge by, repeatable (default: all built-in ones)");
  app.add_option("--ca-file", options.ca_file, "trust these CAs instead of the system's");
  app.add_option("--server-name", options.server_name,
                 "the name to send and to verify in TLS (default: HOST)");
  app.add_flag("--ipv4", options.ipv4, "use IPv4 only");
  app.add_flag("--ipv6", options.ipv6, "use IPv6 only");
  app.add_flag("--all-addresses", options.all_addresses, "probe every address of HOST");
  app.add_option("--source", options.source, "local address to probe from");
  app.add_option("--ehlo", options.ehlo_name, "the name to say in EHLO (default: this host's)");
  app.add_option("--from", options.from,
                 "relay test: the sender, and the own recipient (no mail is ever sent)");
  app.add_option("--own", options.own, "relay test: another own recipient");
  app.add_option("--to", options.to, "relay test: the foreign recipient");
  app.add_option("--expect-relay", options.expect_relay,
                 "what the foreign recipient should meet without a login: accepted or refused");
  AddLoginOptions(app, options.login);
  app.add_option("--repeat", options.repeat, "probe each target this often")
      ->check(CLI::Range(std::size_t{1}, kMaxRepeat));
  app.add_option("--concurrency", options.concurrency,
                 "probes at a time (default: one a target, at most 16)")
      ->check(CLI::Range(std::size_t{1}, kMaxConcurrency));
  app.add_option("--timeout", options.timeout, "bound on the whole dialogue, such as 8s");
  app.add_flag("--transcript", options.transcript, "show what was said");
  app.add_option("--output", options.output, "text, json, ndjson or csv");
}

absl::StatusOr<ProbeRun> PlanProbeRun(const ProbeOptions& options) {
  ProbeRun run{.repeat = options.repeat,
               .asked_concurrency = options.concurrency,
               .ca_file = options.ca_file};
  if (options.targets.empty() && options.domains.empty()) {
    return absl::InvalidArgumentError("what to probe? HOST:PORT or --domain NAME");
  }
  for (const std::string& domain : options.domains) {
    if (!IsHost(domain) || IsAddress(domain)) {
      return Wrong("--domain", fmt::format("\"{}\" is not a domain name", domain));
    }
  }
  auto output =
      Word("--output", options.output, Output::kText, ParseOutput, "text, json, ndjson, csv");
  if (!output.ok()) return output.status();
  run.output = *output;
  auto profiles = ProfilesOf(options);
  if (!profiles.ok()) return profiles.status();
  run.profiles = *std::move(profiles);
  auto common = CommonRequest(options);
  if (!common.ok()) return common.status();
  for (const std::string& text : options.targets) {
    auto job = JobOf(options, *common, text);
    if (!job.ok()) return job.status();
    run.jobs.push_back(*std::move(job));
  }
  run.common = *std::move(common);
  run.domains = options.domains;
  return run;
}

std::size_t ProbeRun::concurrency() const {
  return asked_concurrency != 0 ? asked_concurrency : std::min(jobs.size(), kMaxDefaultConcurrency);
}

}  // namespace relaywatch::cli
