#include "collector/serve/web_access.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <system_error>

namespace relaywatch::collector {

absl::StatusOr<std::unique_ptr<WebAccess>> WebAccess::Load(const std::string& file) {
  auto state = Read(file);
  if (!state.ok()) return state.status();
  return std::unique_ptr<WebAccess>(new WebAccess(file, *std::move(state)));
}

absl::StatusOr<WebAccess::State> WebAccess::Read(const std::string& file) {
  State state{nullptr, std::make_shared<BasicAuth>(std::map<std::string, std::string>()), {}};
  if (file.empty()) return state;
  auto config = LoadWebConfig(file);
  if (!config.ok()) return config.status();
  state.passwords = std::make_shared<BasicAuth>(std::move(config->users));
  if (!config->tls) return state;
  state.times = TimesOf(*config->tls);
  auto credentials = WebCredentials::Load(*config->tls);
  if (!credentials.ok()) return credentials.status();
  state.credentials = *std::move(credentials);
  return state;
}

absl::StatusOr<WebAccess::State> WebAccess::ReadAgain() const {
  auto state = Read(file_);
  if (!state.ok()) return state;
  if ((state->credentials != nullptr) != is_encrypted_) {
    return absl::FailedPreconditionError(
        fmt::format("{}: TLS is turned on or off by a restart only", file_));
  }
  return state;
}

void WebAccess::Use(State state) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

// A certificate and its key are replaced one after the other: while they do not belong together the
// old ones serve, and the next connection looks again.
std::shared_ptr<const WebCredentials> WebAccess::Credentials() {
  const std::lock_guard lock(mutex_);
  if (state_.credentials == nullptr) return nullptr;
  const FileTimes times = TimesOf(state_.credentials->tls());
  if (times == state_.times) return state_.credentials;
  auto renewed = WebCredentials::Load(state_.credentials->tls());
  if (!renewed.ok()) {
    spdlog::warn("http: the old certificate goes on: {}", std::string(renewed.status().message()));
    return state_.credentials;
  }
  spdlog::info("http: {} has been renewed", state_.credentials->tls().cert_file);
  state_.credentials = *std::move(renewed);
  state_.times = times;
  return state_.credentials;
}

std::shared_ptr<BasicAuth> WebAccess::Passwords() {
  const std::lock_guard lock(mutex_);
  return state_.passwords;
}

WebAccess::FileTimes WebAccess::TimesOf(const WebTls& tls) {
  std::error_code ignored;  // a file that is gone has the time that it cannot have
  return {std::filesystem::last_write_time(tls.cert_file, ignored),
          std::filesystem::last_write_time(tls.key_file, ignored)};
}

}  // namespace relaywatch::collector
