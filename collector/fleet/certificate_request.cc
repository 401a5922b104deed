#include "collector/fleet/certificate_request.h"

#include <openssl/err.h>

namespace relaywatch::collector {
namespace {

constexpr std::size_t kMaxBytes = 4 * 1024;

x509::Owned<X509_REQ> Read(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  x509::Owned<X509_REQ> request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (at != end) request.reset();
  return request;
}

bool IsSignedBy(X509_REQ* request, EVP_PKEY* key) { return X509_REQ_verify(request, key) == 1; }

}  // namespace

absl::StatusOr<x509::Key> KeyOfRequest(std::string_view der) {
  const auto bad = [](const char* why) {
    ERR_clear_error();
    return absl::InvalidArgumentError(why);
  };
  if (der.size() > kMaxBytes) return bad("the certificate request is larger than 4 KiB");
  const auto request = Read(der);
  if (!request) return bad("not a certificate request (PKCS #10, DER)");
  x509::Key key(X509_REQ_get_pubkey(request.get()));
  // Before the signature: a huge RSA key takes long to verify with.
  if (!key || !x509::IsP256(key.get())) {
    return bad("the key of the certificate request is not P-256");
  }
  if (!IsSignedBy(request.get(), key.get())) {
    return bad("the certificate request is not signed with its own key");
  }
  if (X509_NAME_entry_count(X509_REQ_get_subject_name(request.get())) > 0) {
    return bad(
        "the certificate request asks for names: it has a subject; the collector picks the name");
  }
  if (X509_REQ_get_attr_count(request.get()) > 0) {
    return bad(
        "the certificate request asks for names: it has attributes or extensions; the collector "
        "picks the name");
  }
  return key;
}

}  // namespace relaywatch::collector
