#include "agent/login/logins.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "common/secret/password_file.h"

namespace relaywatch::agent {

absl::StatusOr<Logins> Logins::Load(const std::vector<LoginConfig>& configs) {
  Logins logins;
  if (!configs.empty()) KeepMemoryPrivate();
  for (const LoginConfig& config : configs) {
    auto password = ReadPasswordFile(config.password_file);
    if (!password.ok()) return password.status();
    logins.entries_.push_back({config, std::make_shared<probe::Credentials>(probe::Credentials{
                                           config.user, *std::move(password), config.mechanism})});
  }
  return logins;
}

std::shared_ptr<const probe::Credentials> Logins::For(const std::string& host,
                                                      std::uint16_t port) const {
  for (const auto& [config, credentials] : entries_) {
    const bool is_port = config.ports.empty() || std::find(config.ports.begin(), config.ports.end(),
                                                           port) != config.ports.end();
    if (is_port && strcasecmp(config.host.c_str(), host.c_str()) == 0) return credentials;
  }
  return nullptr;
}

bool Logins::Has(const probe::Credentials& credentials) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.credentials->user == credentials.user &&
           entry.credentials->password.view() == credentials.password.view();
  });
}

std::vector<std::string> Logins::ChangedUsers(const Logins& before) const {
  std::vector<std::string> users;
  for (const Entry& entry : entries_) {
    if (!before.Has(*entry.credentials)) users.push_back(entry.credentials->user);
  }
  return users;
}

}  // namespace relaywatch::agent
