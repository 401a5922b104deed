#include "agent/probe/tls_context.h"

#include <openssl/err.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"

namespace relaywatch::probe {
namespace {

std::string LastReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "unknown error" : reason;
}

// The suite that every TLS 1.3 server must know (RFC 8446, section 9.1) comes first: it is also the
// cheapest for both ends, and a monitor should be a light guest. The others stay on offer.
void PreferCheapSuite(SSL_CTX* ssl) {
  SSL_CTX_set_ciphersuites(
      ssl, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
}

// OpenSSL calls whatever keeps it from reading "system lib".
absl::Status CheckReadable(const std::string& ca_file) {
  if (ca_file.empty() || access(ca_file.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "read CA certificates from " + ca_file);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Create(const std::string& ca_file) {
  ERR_clear_error();
  std::unique_ptr<TlsContext> context(new TlsContext(SSL_CTX_new(TLS_client_method())));
  SSL_CTX* ssl = context->get();
  if (ssl == nullptr) return absl::InternalError("TLS context: " + LastReason());
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  PreferCheapSuite(ssl);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(ssl, 1);  // one system call takes in a whole flight
  SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  if (auto readable = CheckReadable(ca_file); !readable.ok()) return readable;
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(ssl)
                                     : SSL_CTX_load_verify_file(ssl, ca_file.c_str());
  if (loaded != 1) {
    return absl::InvalidArgumentError("read CA certificates from " +
                                      (ca_file.empty() ? "the system's store" : ca_file) + ": " +
                                      LastReason());
  }
  return context;
}

}  // namespace relaywatch::probe
