// HTTP basic authentication (RFC 7617) against bcrypt hashes. A wrong password costs as much time
// as a right one, and an unknown user as much as a known one; what was right once is remembered (as
// a digest), for a hash is made to be slow and a scrape comes every few seconds. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace relaywatch::collector {

class BasicAuth {
 public:
  // Names to bcrypt hashes; empty: everybody is let in.
  explicit BasicAuth(std::map<std::string, std::string> users) : users_(std::move(users)) {}

  bool is_required() const { return !users_.empty(); }
  bool Admits(const std::string& user, const std::string& password);

 private:
  const std::map<std::string, std::string> users_;
  std::mutex mutex_;
  std::set<std::string> admitted_;  // SHA-256 of user, hash and password
};

}  // namespace relaywatch::collector
