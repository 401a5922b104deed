#include "common/identity/x509.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>

namespace relaywatch::x509 {
namespace {

Owned<BIO> Open(std::string_view pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

int NoPassphrase(char*, int, int, void*) { return 0; }

template <typename Write>
std::string Written(Write write) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::int64_t Seconds(const ASN1_TIME* time) {
  std::tm utc{};
  return ASN1_TIME_to_tm(time, &utc) == 1 ? static_cast<std::int64_t>(timegm(&utc)) : 0;
}

struct FreeVerification {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

}  // namespace

Key ReadKey(std::string_view pem) {
  const auto bio = Open(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return key;
}

std::vector<Certificate> ReadCertificates(std::string_view pem) {
  std::vector<Certificate> certificates;
  const auto bio = Open(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the text is reported as an error
  return certificates;
}

std::string ToPem(EVP_PKEY* key) {
  return Written([&](BIO* bio) {
    PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string ToPem(X509* certificate) {
  return Written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

std::string ToPem(const std::vector<Certificate>& certificates) {
  std::string pem;
  for (const Certificate& certificate : certificates) pem += ToPem(certificate.get());
  return pem;
}

bool Belongs(X509* certificate, EVP_PKEY* key) {
  const bool belongs = X509_check_private_key(certificate, key) == 1;
  ERR_clear_error();
  return belongs;
}

bool IsP256(const EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         OBJ_sn2nid(group.data()) == NID_X9_62_prime256v1;
}

std::vector<std::string> UriNames(X509* certificate) {
  std::vector<std::string> uris;
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

std::string SerialHex(X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  std::string hex;
  for (int i = 0; i < ASN1_STRING_length(serial); ++i) {
    hex += fmt::format("{:02x}", ASN1_STRING_get0_data(serial)[i]);
  }
  return hex;
}

std::int64_t NotBefore(const X509* certificate) {
  return Seconds(X509_get0_notBefore(certificate));
}
std::int64_t NotAfter(const X509* certificate) { return Seconds(X509_get0_notAfter(certificate)); }

std::string PublicKeyHash(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return "";
  std::array<unsigned char, 32> hash{};
  EVP_Q_digest(nullptr, "SHA256", nullptr, der, static_cast<std::size_t>(size), hash.data(),
               nullptr);
  OPENSSL_free(der);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string PublicKeyHash(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  ERR_clear_error();  // a key of a kind unknown to OpenSSL
  return key == nullptr ? "" : PublicKeyHash(key);
}

absl::StatusOr<X509*> VerifyChain(X509* leaf, const std::vector<Certificate>& others,
                                  const std::vector<Certificate>& roots, std::int64_t when,
                                  int purpose) {
  const std::unique_ptr<X509_STORE, FreeVerification> store(X509_STORE_new());
  for (const Certificate& root : roots) X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<STACK_OF(X509), FreeVerification> untrusted(sk_X509_new_null());
  for (const Certificate& other : others) sk_X509_push(untrusted.get(), other.get());
  const std::unique_ptr<X509_STORE_CTX, FreeVerification> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf, untrusted.get()) != 1) {
    return Failure("verify a certificate");
  }
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<std::time_t>(when));
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!verified) {
    return absl::FailedPreconditionError(
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  const X509* last = sk_X509_value(chain, sk_X509_num(chain) - 1);
  for (const Certificate& root : roots) {
    if (X509_cmp(root.get(), last) == 0) return root.get();
  }
  return absl::InternalError("a verified chain that ends in none of its roots");
}

absl::Status Failure(std::string_view doing) {
  const unsigned long error = ERR_get_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  ERR_clear_error();
  return absl::InternalError(
      fmt::format("{}: {}", doing, reason == nullptr ? "OpenSSL gives no reason" : reason));
}

}  // namespace relaywatch::x509
