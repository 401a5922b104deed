#include "cli/login_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

#include "agent/probe/incoming_server.h"
#include "agent/probe/sasl.h"
#include "common/secret/password_file.h"
#include "common/yaml/reader.h"

namespace relaywatch::cli {
namespace {

absl::Status Wrong(std::string_view flag, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", flag, what));
}

class OneLogin final : public probe::LoginGate {
 public:
  std::string Enter(const probe::Credentials&) override {
    return std::exchange(spent_, true) ? "one login a run" : "";
  }
  void Leave(const probe::Credentials&, const v1::Login&) override {}

 private:
  bool spent_ = false;
};

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

absl::Status CheckUser(const LoginOptions& options) {
  constexpr std::size_t kMaxUserBytes = 255;
  if (options.user.empty()) {
    return options.password_file.empty() ? absl::OkStatus()
                                         : Wrong("--password-file", "needs --user");
  }
  if (options.password_file.empty()) return Wrong("--user", "needs --password-file");
  const bool has_control = std::any_of(options.user.begin(), options.user.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (has_control || options.user.size() > kMaxUserBytes) {
    return Wrong("--user", "is not a user name: control characters, or over 255 bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckMechanism(const LoginOptions& options, const std::string& mechanism) {
  if (mechanism.empty()) return absl::OkStatus();
  const auto known = probe::SupportedMechanisms();
  if (std::find(known.begin(), known.end(), mechanism) == known.end()) {
    return Wrong("--mechanism",
                 fmt::format("\"{}\" is not one of {}", options.mechanism, fmt::join(known, ", ")));
  }
  if (options.user.empty() && !options.blind_auth) {
    return Wrong("--mechanism", "needs --user or --blind-auth");
  }
  return absl::OkStatus();
}

absl::Status ApplyPopWindow(const LoginOptions& options, probe::Request& request) {
  constexpr std::chrono::seconds kShortest{1};
  constexpr std::chrono::hours kLongest{1};
  if (options.pop_window.empty()) return absl::OkStatus();
  const auto duration = yaml::ParseDuration(options.pop_window);
  if (!duration || *duration < kShortest || *duration > kLongest) {
    return Wrong("--pop-window",
                 fmt::format("\"{}\" is not a duration in 1s-1h, such as 10m", options.pop_window));
  }
  request.pop_window.duration = *duration;
  return absl::OkStatus();
}

absl::Status ApplyPopBeforeSmtp(const LoginOptions& options, probe::Request& request) {
  if (options.pop_before_smtp.empty()) {
    return options.pop_window.empty() ? absl::OkStatus()
                                      : Wrong("--pop-window", "needs --pop-before-smtp");
  }
  if (options.user.empty()) return Wrong("--pop-before-smtp", "needs --user");
  if (request.relay_test.from.empty()) return Wrong("--pop-before-smtp", "needs --from");
  auto server = probe::ParseIncomingServer(options.pop_before_smtp);
  if (!server) {
    return Wrong("--pop-before-smtp",
                 fmt::format("\"{}\" is not [pop3://|imap://]HOST:PORT", options.pop_before_smtp));
  }
  request.pop_before_smtp = *std::move(server);
  return ApplyPopWindow(options, request);
}

}  // namespace

void AddLoginOptions(CLI::App& app, LoginOptions& options) {
  app.add_option("--user", options.user, "log in as this user, once a run, inside verified TLS");
  app.add_option("--password-file", options.password_file,
                 "its first line is the password, or the access token for a token's mechanism");
  app.add_option("--mechanism", options.mechanism,
                 "the only one to log in by (default: LOGIN, PLAIN, CRAM-MD5, SCRAM as offered)");
  app.add_flag("--blind-auth", options.blind_auth, "send AUTH where it is not announced, too");
  app.add_option("--pop-before-smtp", options.pop_before_smtp,
                 "[pop3://|imap://]HOST:PORT to log in to, then test relaying again");
  app.add_option("--pop-window", options.pop_window,
                 "after that login, look for so long until relaying is closed again, such as 10m");
}

absl::Status ApplyLoginOptions(const LoginOptions& options, probe::Request& request) {
  const std::string mechanism = Upper(options.mechanism);
  if (auto checked = CheckUser(options); !checked.ok()) return checked;
  if (auto checked = CheckMechanism(options, mechanism); !checked.ok()) return checked;
  if (auto applied = ApplyPopBeforeSmtp(options, request); !applied.ok()) return applied;
  if (options.blind_auth) request.blind_mechanism = mechanism.empty() ? "LOGIN" : mechanism;
  if (options.user.empty()) return absl::OkStatus();
  auto password = ReadPasswordFile(options.password_file);
  if (!password.ok()) return Wrong("--password-file", std::string(password.status().message()));
  request.credentials = std::make_shared<probe::Credentials>(
      probe::Credentials{options.user, *std::move(password), mechanism});
  request.login_gate = std::make_shared<OneLogin>();
  return absl::OkStatus();
}

}  // namespace relaywatch::cli
