// How often this host tries a password, whatever a plan asks for: a login at most every 15 minutes
// for each account, and none after two refusals in a row until the operator changes the password. A
// wrong password would otherwise lock the account, or get this host's address blocked.
// An account is a user's name: several servers may ask the same directory. What was tried is
// forgotten with the process unless there is a file to keep it in. Confined to the thread of the
// probes.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "agent/login/login_ledger.h"
#include "agent/login/logins.h"
#include "agent/probe/credentials.h"
#include "common/clock.h"

namespace relaywatch::agent {

inline constexpr std::chrono::minutes kLoginInterval{15};
inline constexpr int kMaxRefusals = 2;

class LoginThrottle final : public probe::LoginGate {
 public:
  explicit LoginThrottle(const Clock& clock) : clock_(clock) {}

  // Takes up what the file says of the passwords in `logins`, and keeps what is tried from now on
  // in it. A try that cannot be written down is not let in. As ReadLoginLedger.
  absl::Status KeepIn(std::string file, const Logins& logins);

  std::string Enter(const probe::Credentials& credentials) override;
  // A refusal counts where it may have been for the credentials: 535 and its like, and any in POP3
  // and IMAP, which have no codes. Temporary ones and unknown mechanisms do not.
  void Leave(const probe::Credentials& credentials, const v1::Login& login) override;

  // The operator changed the password.
  void Forgive(const std::string& user);

 private:
  struct Account {
    std::optional<std::chrono::steady_clock::time_point> last_try;
    LoginRecord record;
  };

  // By the steady clock, for one that was written down by the wall's.
  std::chrono::steady_clock::time_point LastTry(const LoginRecord& record) const;
  absl::Status Save() const;

  const Clock& clock_;
  std::map<std::string, Account> accounts_;
  std::string file_;  // empty: none
};

}  // namespace relaywatch::agent
