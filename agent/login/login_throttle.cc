#include "agent/login/login_throttle.h"

#include <spdlog/spdlog.h>

namespace relaywatch::agent {
namespace {

bool MayBlameCredentials(const v1::Login& login) {
  if (login.state() != v1::LOGIN_STATE_REFUSED) return false;
  switch (const auto code = login.reply().code(); code) {
    case 500:
    case 502:
    case 503:
    case 504:
      return false;
    default:
      return code == 0 || code >= 500;
  }
}

}  // namespace

std::string LoginThrottle::Enter(const probe::Credentials& credentials) {
  Account& account = accounts_[credentials.user];
  if (account.refusals >= kMaxRefusals) return "stopped after two refusals";
  const auto now = clock_.Steady();
  if (account.last_try && now - *account.last_try < kLoginInterval) {
    return "one login in 15 minutes";
  }
  account.last_try = now;
  return {};
}

void LoginThrottle::Leave(const probe::Credentials& credentials, const v1::Login& login) {
  Account& account = accounts_[credentials.user];
  if (login.state() == v1::LOGIN_STATE_ACCEPTED) account.refusals = 0;
  if (!MayBlameCredentials(login) || ++account.refusals != kMaxRefusals) return;
  spdlog::error(
      "login: {} was refused twice in a row ({} {}); no further login until its password file is "
      "changed and the configuration reloaded",
      credentials.user, login.reply().code(), login.reply().text());
}

}  // namespace relaywatch::agent
