// The TLS side of the HTTP listener: what GnuTLS (libmicrohttpd's library) needs to serve a WebTls.
// Immutable once loaded; shared by the connections that were opened with it, so that a renewed
// certificate serves new connections while old ones go on. Thread-safe.
#pragma once

#include <gnutls/gnutls.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collector/serve/web_config.h"

namespace relaywatch::collector {

class WebCredentials {
 public:
  // InvalidArgument with the file for what cannot be read, or does not belong together.
  static absl::StatusOr<std::shared_ptr<const WebCredentials>> Load(const WebTls& tls);

  // The rest of the handshake of this session is done with them; they must outlive it.
  void Use(gnutls_session_t session) const;
  // GnuTLS' priority string: versions and nothing else but its defaults.
  std::string priorities() const;
  const WebTls& tls() const { return tls_; }
  // PEM, as libmicrohttpd wants to see them at its start.
  const std::string& certificate() const { return certificate_; }
  const std::string& key() const { return key_; }

  ~WebCredentials();
  WebCredentials(const WebCredentials&) = delete;
  WebCredentials& operator=(const WebCredentials&) = delete;

 private:
  explicit WebCredentials(WebTls tls) : tls_(std::move(tls)) {}
  absl::Status LoadFiles();

  const WebTls tls_;
  std::string certificate_;
  std::string key_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
};

}  // namespace relaywatch::collector
