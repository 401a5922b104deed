#include "collector/serve/web_credentials.h"

#include <fmt/format.h>
#include <gnutls/x509.h>
#include <openssl/crypto.h>

#include <utility>

#include "common/file.h"

namespace relaywatch::collector {
namespace {

gnutls_datum_t DatumOf(std::string& text) {
  return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
}

absl::Status Failure(const std::string& what, int error) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", what, gnutls_strerror(error)));
}

// 0 where the certificate that the client showed may be used by one.
int VerifyClient(gnutls_session_t session) {
  unsigned count = 0;
  if (gnutls_certificate_get_peers(session, &count) == nullptr) return 0;  // asked for elsewhere
  gnutls_typed_vdata_st purpose{};
  purpose.type = GNUTLS_DT_KEY_PURPOSE_OID;
  purpose.data = reinterpret_cast<unsigned char*>(const_cast<char*>(GNUTLS_KP_TLS_WWW_CLIENT));
  unsigned status = 0;
  const int done = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
  return done == GNUTLS_E_SUCCESS && status == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

}  // namespace

WebCredentials::~WebCredentials() {
  OPENSSL_cleanse(key_.data(), key_.size());
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
}

absl::StatusOr<std::shared_ptr<const WebCredentials>> WebCredentials::Load(const WebTls& tls) {
  const std::shared_ptr<WebCredentials> credentials(new WebCredentials(tls));
  if (auto loaded = credentials->LoadFiles(); !loaded.ok()) return loaded;
  return std::shared_ptr<const WebCredentials>(credentials);
}

absl::Status WebCredentials::LoadFiles() {
  auto certificate = ReadFile(tls_.cert_file);
  if (!certificate.ok()) return certificate.status();
  auto key = ReadFile(tls_.key_file);
  if (!key.ok()) return key.status();
  certificate_ = *std::move(certificate);
  key_ = *std::move(key);
  if (const int error = gnutls_certificate_allocate_credentials(&credentials_); error < 0) {
    return Failure("gnutls", error);
  }
  const gnutls_datum_t chain = DatumOf(certificate_);
  const gnutls_datum_t secret = DatumOf(key_);
  if (const int error =
          gnutls_certificate_set_x509_key_mem(credentials_, &chain, &secret, GNUTLS_X509_FMT_PEM);
      error < 0) {
    return Failure(fmt::format("{} with {}", tls_.cert_file, tls_.key_file), error);
  }
  if (tls_.client_ca_file.empty()) return absl::OkStatus();
  const int trusted = gnutls_certificate_set_x509_trust_file(
      credentials_, tls_.client_ca_file.c_str(), GNUTLS_X509_FMT_PEM);
  if (trusted < 0) return Failure(tls_.client_ca_file, trusted);
  if (trusted == 0) {
    return absl::InvalidArgumentError(
        fmt::format("{}: there is no certificate in it", tls_.client_ca_file));
  }
  gnutls_certificate_set_verify_function(credentials_, VerifyClient);
  return absl::OkStatus();
}

void WebCredentials::Use(gnutls_session_t session) const {
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_);
  switch (tls_.client_auth) {
    case ClientAuth::kNoClientCert:
      return gnutls_certificate_server_set_request(session, GNUTLS_CERT_IGNORE);
    case ClientAuth::kRequestClientCert:
    case ClientAuth::kVerifyClientCertIfGiven:
      return gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    case ClientAuth::kRequireAnyClientCert:
    case ClientAuth::kRequireAndVerifyClientCert:
      return gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
  }
}

std::string WebCredentials::priorities() const {
  std::string versions = "NORMAL:-VERS-ALL";
  if (tls_.max_version == TlsVersion::k13) versions += ":+VERS-TLS1.3";
  if (tls_.min_version == TlsVersion::k12) versions += ":+VERS-TLS1.2";
  return versions;
}

}  // namespace relaywatch::collector
