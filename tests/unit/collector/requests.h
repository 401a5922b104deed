// Certificate requests, good ones and each way to be bad. Pure but for randomness; thread-safe.
#pragma once

#include <string>

#include "common/identity/x509.h"

namespace relaywatch::collector::testing {

// DER of a request with this key; `spoil` changes it before it is signed.
template <typename Spoil>
std::string RequestWith(EVP_PKEY* key, Spoil spoil) {
  const x509::Owned<X509_REQ> request(X509_REQ_new());
  X509_REQ_set_version(request.get(), X509_REQ_VERSION_1);
  X509_REQ_set_pubkey(request.get(), key);
  spoil(request.get());
  X509_REQ_sign(request.get(), key, EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

inline std::string PlainRequest(EVP_PKEY* key) {
  return RequestWith(key, [](X509_REQ*) {});
}

inline std::string RequestWithSubject(EVP_PKEY* key) {
  return RequestWith(key, [](X509_REQ* request) {
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("office"), -1, -1, 0);
  });
}

inline std::string RequestWithUri(EVP_PKEY* key) {
  return RequestWith(key, [](X509_REQ* request) {
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                           "URI:spiffe://example/agent/office"));
    X509_REQ_add_extensions(request, extensions);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  });
}

// Its last byte, which belongs to the signature, is changed.
inline std::string RequestWithBadSignature(EVP_PKEY* key) {
  std::string request = PlainRequest(key);
  request.back() = static_cast<char>(request.back() ^ 1);
  return request;
}

}  // namespace relaywatch::collector::testing
