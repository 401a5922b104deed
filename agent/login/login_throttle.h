// How often this host tries a password, whatever a plan asks for: a login at most every 15 minutes
// for each account, and none after two refusals in a row until the operator changes the password. A
// wrong password would otherwise lock the account, or get this host's address blocked.
// An account is a user's name: several servers may ask the same directory. A plan may ask for fewer
// logins at a host, whoever logs in there, never for more. What was tried is forgotten with the
// process unless there is a file to keep it in. Confined to the thread of the probes.
#pragma once

#include <chrono>
#include <map>
#include <memory>
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

class LoginThrottle final : public std::enable_shared_from_this<LoginThrottle> {
 public:
  explicit LoginThrottle(const Clock& clock) : clock_(clock) {}

  // Takes up what the file says of the passwords in `logins`, and keeps what is tried from now on
  // in it. A try that cannot be written down is not let in. As ReadLoginLedger.
  absl::Status KeepIn(std::string file, const Logins& logins);

  // The gate of one host, where the plan wants `interval` between two logins; 0: it does not say.
  std::shared_ptr<probe::LoginGate> GateOf(std::string host, std::chrono::milliseconds interval);

  // The operator changed the password.
  void Forgive(const std::string& user);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Account {
    std::optional<Time> last_try;
    LoginRecord record;
  };
  class Gate;

  std::string Enter(const probe::Credentials& credentials, const std::string& host,
                    std::chrono::milliseconds interval);
  // A refusal counts where it may have been for the credentials: 535 and its like, and any in POP3
  // and IMAP, which have no codes. Temporary ones and unknown mechanisms do not.
  void Leave(const probe::Credentials& credentials, const v1::Login& login);

  // By the steady clock, for one that was written down by the wall's.
  std::chrono::steady_clock::time_point LastTry(const LoginRecord& record) const;
  absl::Status Save() const;

  const Clock& clock_;
  std::map<std::string, Account> accounts_;
  std::map<std::string, Time> last_try_at_;  // by host, of any account
  std::string file_;                         // empty: none
};

}  // namespace relaywatch::agent
