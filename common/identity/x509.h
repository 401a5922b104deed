// OpenSSL's keys and certificates as owned values, with the few questions that we ask of them.
// Thread-compatible. RFC 5280.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace relaywatch::x509 {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;
using Key = Owned<EVP_PKEY>;
using Certificate = Owned<X509>;

// Null where there is none, or one that needs a passphrase: no daemon asks the terminal.
Key ReadKey(std::string_view pem);
// All of them, in order; what is none is passed over.
std::vector<Certificate> ReadCertificates(std::string_view pem);

std::string ToPem(EVP_PKEY* key);  // PKCS #8, not encrypted
std::string ToPem(X509* certificate);
std::string ToPem(const std::vector<Certificate>& certificates);

bool Belongs(X509* certificate, EVP_PKEY* key);
bool IsP256(const EVP_PKEY* key);
std::vector<std::string> UriNames(X509* certificate);
std::string SerialHex(X509* certificate);
std::int64_t NotBefore(const X509* certificate);  // seconds since the epoch
std::int64_t NotAfter(const X509* certificate);
// SHA-256 of the SubjectPublicKeyInfo (RFC 7469 section 2.4): 32 bytes that name a key whatever
// certificate it is in.
std::string PublicKeyHash(EVP_PKEY* key);
std::string PublicKeyHash(X509* certificate);

// The chain from `leaf` by way of `others` to one of `roots`, as it stood at `when` (seconds since
// the epoch), for a client (X509_PURPOSE_SSL_CLIENT), a server or anything: FailedPrecondition with
// OpenSSL's reason, or the chain's last certificate, borrowed from `roots`.
absl::StatusOr<X509*> VerifyChain(X509* leaf, const std::vector<Certificate>& others,
                                  const std::vector<Certificate>& roots, std::int64_t when,
                                  int purpose);

// What OpenSSL could not do, with its own words; empties its error queue.
absl::Status Failure(std::string_view doing);

}  // namespace relaywatch::x509
