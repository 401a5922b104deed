// What stands between the HTTP listener and the network: TLS and passwords as a web-config file
// says (web_config.h), or nothing. A reload replaces both or keeps both; certificate files that
// were replaced meanwhile are noticed by themselves. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/serve/basic_auth.h"
#include "collector/serve/web_credentials.h"

namespace relaywatch::collector {

class WebAccess {
 public:
  using FileTimes = std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type>;

  // "": plain HTTP for everybody. Errors as LoadWebConfig and WebCredentials::Load.
  static absl::StatusOr<std::unique_ptr<WebAccess>> Load(const std::string& file);

  struct State {
    std::shared_ptr<const WebCredentials> credentials;
    std::shared_ptr<BasicAuth> passwords;
    FileTimes times;  // of certificate and key when they were read
  };
  // The file as it is now, for Use. FailedPrecondition where it turns TLS on or off: that takes a
  // restart.
  absl::StatusOr<State> ReadAgain() const;
  void Use(State state);

  bool is_encrypted() const { return is_encrypted_; }
  // For the next connection, from the files as they are now; null without TLS.
  std::shared_ptr<const WebCredentials> Credentials();
  std::shared_ptr<BasicAuth> Passwords();

 private:
  WebAccess(std::string file, State state)
      : file_(std::move(file)),
        is_encrypted_(state.credentials != nullptr),
        state_(std::move(state)) {}
  static absl::StatusOr<State> Read(const std::string& file);
  static FileTimes TimesOf(const WebTls& tls);

  const std::string file_;
  const bool is_encrypted_;
  std::mutex mutex_;
  State state_;
};

}  // namespace relaywatch::collector
