// What all TLS sessions of a process share: the trusted CAs and the protocol's bounds. TLS 1.2 at
// least (RFC 8314, section 4.1); no session cache, so that every probe is a full handshake; a
// certificate that does not verify is a fact, not the end of the handshake.
// Immutable after construction; thread-safe.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace relaywatch::probe {

class TlsContext {
 public:
  // `ca_file`: PEM; empty: the system's store. After errno where it cannot be read,
  // INVALID_ARGUMENT where it holds no certificate.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Create(const std::string& ca_file);

  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}

  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace relaywatch::probe
