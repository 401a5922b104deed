// What was tried of logins, as a file that outlives the process: a restart must not spend two more
// guesses of a wrong password. A line an account: refusals in a row, the last try, a mark of the
// password that was tried, the user. Holds no secret: the mark is 16 bits, which tell a changed
// password from the same one and are no help to whoever guesses.
// Functions over values and files; thread-compatible.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/probe/credentials.h"

namespace relaywatch::agent {

struct LoginRecord {
  int refusals = 0;              // in a row
  std::int64_t last_try_ms = 0;  // since the epoch
  std::uint16_t mark = 0;        // of the password

  bool operator==(const LoginRecord&) const = default;
};

using LoginLedger = std::map<std::string, LoginRecord>;  // by user

std::uint16_t PasswordMark(const probe::Credentials& credentials);

// Empty where there is no file. InvalidArgument where it is not of this form.
absl::StatusOr<LoginLedger> ReadLoginLedger(const std::string& file);

// Whole and on the disk, or as it was before; makes the directory where there is none. Another code
// after errno.
absl::Status WriteLoginLedger(const LoginLedger& ledger, const std::string& file);

}  // namespace relaywatch::agent
