#include "agent/login/logins.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "agent/login/login_ledger.h"
#include "agent/probe/probe.h"
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

const Logins::Entry* Logins::Find(const std::string& host, std::uint16_t port) const {
  for (const Entry& entry : entries_) {
    const LoginConfig& config = entry.config;
    const bool is_port = config.ports.empty() || std::find(config.ports.begin(), config.ports.end(),
                                                           port) != config.ports.end();
    if (is_port && strcasecmp(config.host.c_str(), host.c_str()) == 0) return &entry;
  }
  return nullptr;
}

std::shared_ptr<const probe::Credentials> Logins::For(const std::string& host,
                                                      std::uint16_t port) const {
  const Entry* entry = Find(host, port);
  return entry == nullptr ? nullptr : entry->credentials;
}

void Logins::AddTo(probe::Request& request) const {
  const Entry* entry = Find(request.host, request.port);
  if (entry == nullptr) return;
  request.credentials = entry->credentials;
  if (request.protocol != v1::PROTOCOL_SMTP) return;
  const LoginConfig& config = entry->config;
  if (config.blind_auth) {
    request.blind_mechanism = config.mechanism.empty() ? "LOGIN" : config.mechanism;
  }
  // Without a relay test there is nothing to do again, and the login is for the server itself.
  if (!request.relay_test.from.empty()) request.pop_before_smtp = config.pop_before_smtp;
}

bool Logins::Has(const std::string& user, std::uint16_t mark) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.credentials->user == user && PasswordMark(*entry.credentials) == mark;
  });
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
