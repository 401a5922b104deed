// Which credentials go to which server: bound to the host's name, which the server's certificate
// has to prove, and never to anything that a plan could rename. Values; thread-compatible.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "agent/probe/credentials.h"

namespace relaywatch::probe {
struct Request;
}

namespace relaywatch::agent {

class Logins {
 public:
  Logins() = default;

  // As ReadPasswordFile. From the first password on the process keeps its memory private.
  static absl::StatusOr<Logins> Load(const std::vector<LoginConfig>& configs);

  // nullptr where there are none for it. Host names match without case.
  std::shared_ptr<const probe::Credentials> For(const std::string& host, std::uint16_t port) const;

  // Lets the request log in where there are credentials for its host and port, as their
  // configuration says.
  void AddTo(probe::Request& request) const;

  // A password of that user with that mark (login_ledger.h).
  bool Has(const std::string& user, std::uint16_t mark) const;

  // The users whose password is not the one in `before`.
  std::vector<std::string> ChangedUsers(const Logins& before) const;

 private:
  struct Entry {
    LoginConfig config;
    std::shared_ptr<const probe::Credentials> credentials;
  };
  const Entry* Find(const std::string& host, std::uint16_t port) const;
  bool Has(const probe::Credentials& credentials) const;

  std::vector<Entry> entries_;
};

}  // namespace relaywatch::agent
