#include "agent/login/login_throttle.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

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

absl::Status LoginThrottle::KeepIn(std::string file, const Logins& logins) {
  const auto ledger = ReadLoginLedger(file);
  if (!ledger.ok()) return ledger.status();
  for (const auto& [user, record] : *ledger) {
    if (!logins.Has(user, record.mark)) continue;  // the operator changed the password meanwhile
    accounts_[user] = {.last_try = LastTry(record), .record = record};
  }
  file_ = std::move(file);
  return absl::OkStatus();
}

// A wall clock that was set back since makes it a try of this moment.
std::chrono::steady_clock::time_point LoginThrottle::LastTry(const LoginRecord& record) const {
  const std::int64_t age_ms = std::max<std::int64_t>(clock_.Now().wall_ms - record.last_try_ms, 0);
  return clock_.Steady() -
         std::min<std::chrono::milliseconds>(std::chrono::milliseconds(age_ms), kLoginInterval);
}

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
  if (account.record.refusals >= kMaxRefusals) return "stopped after two refusals";
  const auto now = clock_.Steady();
  if (account.last_try && now - *account.last_try < kLoginInterval) {
    return "one login in 15 minutes";
  }
  const auto there = last_try_at_.find(host);
  if (there != last_try_at_.end() && now - there->second < interval) {
    return "the plan spreads logins at this server over the fleet";
  }
  const Account before = account;
  account.last_try = now;
  account.record.last_try_ms = clock_.Now().wall_ms;
  account.record.mark = PasswordMark(credentials);
  const absl::Status saved = Save();
  if (saved.ok()) {
    last_try_at_[host] = now;
    return {};
  }
  account = before;
  spdlog::error("login: {} is not logged in, as that cannot be written down: {}", credentials.user,
                std::string(saved.message()));
  return "the login cannot be written down";
}

void LoginThrottle::Leave(const probe::Credentials& credentials, const v1::Login& login) {
  LoginRecord& record = accounts_[credentials.user].record;
  const bool is_blamed = MayBlameCredentials(login);
  if (login.state() == v1::LOGIN_STATE_ACCEPTED) record.refusals = 0;
  if (is_blamed) ++record.refusals;
  if (const absl::Status saved = Save(); !saved.ok()) {
    spdlog::error("login: what became of {}'s is lost with this process: {}", credentials.user,
                  std::string(saved.message()));
  }
  if (!is_blamed || record.refusals != kMaxRefusals) return;
  spdlog::error(
      "login: {} was refused twice in a row ({} {}); no further login until its password file is "
      "changed and the configuration reloaded",
      credentials.user, login.reply().code(), login.reply().text());
}

void LoginThrottle::Forgive(const std::string& user) {
  accounts_.erase(user);
  if (const absl::Status saved = Save(); !saved.ok()) {
    spdlog::error("login: {}'s refusals count again after a restart: {}", user,
                  std::string(saved.message()));
  }
}

absl::Status LoginThrottle::Save() const {
  if (file_.empty()) return absl::OkStatus();
  LoginLedger ledger;
  for (const auto& [user, account] : accounts_) ledger[user] = account.record;
  return WriteLoginLedger(ledger, file_);
}

}  // namespace relaywatch::agent
