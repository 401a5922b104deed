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

class LoginThrottle::Gate final : public probe::LoginGate {
 public:
  Gate(std::shared_ptr<LoginThrottle> throttle, std::string host,
       std::chrono::milliseconds interval)
      : throttle_(std::move(throttle)), host_(std::move(host)), interval_(interval) {}

  std::string Enter(const probe::Credentials& credentials) override {
    return throttle_->Enter(credentials, host_, interval_);
  }
  void Leave(const probe::Credentials& credentials, const v1::Login& login) override {
    throttle_->Leave(credentials, login);
  }

 private:
  const std::shared_ptr<LoginThrottle> throttle_;
  const std::string host_;
  const std::chrono::milliseconds interval_;
};

std::shared_ptr<probe::LoginGate> LoginThrottle::GateOf(std::string host,
                                                        std::chrono::milliseconds interval) {
  return std::make_shared<Gate>(shared_from_this(), std::move(host), interval);
}

std::string LoginThrottle::Enter(const probe::Credentials& credentials, const std::string& host,
                                 std::chrono::milliseconds interval) {
  Account& account = accounts_[credentials.user];
  if (account.refusals >= kMaxRefusals) return "stopped after two refusals";
  const auto now = clock_.Steady();
  if (account.last_try && now - *account.last_try < kLoginInterval) {
    return "one login in 15 minutes";
  }
  const auto there = last_try_at_.find(host);
  if (there != last_try_at_.end() && now - there->second < interval) {
    return "the plan spreads logins at this server over the fleet";
  }
  account.last_try = now;
  last_try_at_[host] = now;
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
