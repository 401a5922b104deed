#include "tests/support/certificates.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>

namespace relaywatch::support {
namespace {

using KeyPtr = std::shared_ptr<EVP_PKEY>;
using CertificatePtr = std::shared_ptr<X509>;

void Check(bool ok, const char* what) {
  if (ok) return;
  fprintf(stderr, "tests/support/certificates: %s failed\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

KeyPtr MakeKey(KeyKind kind) {
  EVP_PKEY* key = kind == KeyKind::kP256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
  Check(key != nullptr, "making a key");
  return {key, EVP_PKEY_free};
}

template <typename Write>
std::string Pem(Write write) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  Check(bio != nullptr && write(bio.get()) == 1, "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string KeyPem(const KeyPtr& key) {
  return Pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string CertificatePem(const CertificatePtr& certificate) {
  return Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, value.c_str());
  X509_EXTENSION_free(extension);
}

// Built by hand, not through X509V3_EXT_conf_nid: that would take a comma in a name for a
// separator.
void AddName(GENERAL_NAMES* names, int type, const std::string& bytes) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_STRING* value =
      type == GEN_IPADD ? ASN1_OCTET_STRING_new() : static_cast<ASN1_STRING*>(ASN1_IA5STRING_new());
  Check(ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1,
        "setting a name");
  GENERAL_NAME_set0_value(name, type, value);
  Check(sk_GENERAL_NAME_push(names, name) > 0, "adding a name");
}

void AddHost(GENERAL_NAMES* names, const std::string& host) {
  std::array<char, sizeof(in6_addr)> address{};
  if (inet_pton(AF_INET, host.c_str(), address.data()) == 1) {
    AddName(names, GEN_IPADD, {address.data(), sizeof(in_addr)});
  } else if (inet_pton(AF_INET6, host.c_str(), address.data()) == 1) {
    AddName(names, GEN_IPADD, {address.data(), sizeof(in6_addr)});
  } else {
    AddName(names, GEN_DNS, host);
  }
}

void AddAlternativeNames(X509* certificate, const CertificateSpec& spec) {
  if (spec.names.empty() && spec.uris.empty()) return;
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(GENERAL_NAMES_new(),
                                                                      GENERAL_NAMES_free);
  for (const std::string& host : spec.names) AddHost(names.get(), host);
  for (const std::string& uri : spec.uris) AddName(names.get(), GEN_URI, uri);
  Check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1,
        "adding subjectAltName");
}

void SetSubject(X509* certificate, std::string_view common_name) {
  Check(
      X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1,
      "setting the subject");
}

void SetSerial(X509* certificate) {
  std::array<unsigned char, 16> serial{};
  Check(RAND_bytes(serial.data(), serial.size()) == 1, "drawing a serial number");
  serial[0] &= 0x7f;  // positive
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      BN_bin2bn(serial.data(), serial.size(), nullptr), BN_free);
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

CertificatePtr Unsigned(const KeyPtr& key, std::string_view common_name,
                        std::chrono::seconds valid_from, std::chrono::seconds valid_until) {
  CertificatePtr certificate(X509_new(), X509_free);
  Check(certificate != nullptr, "making a certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  SetSerial(certificate.get());
  SetSubject(certificate.get(), common_name);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), valid_from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_until.count());
  X509_set_pubkey(certificate.get(), key.get());
  return certificate;
}

CertificatePtr UnsignedLeaf(const KeyPtr& key, const CertificateSpec& spec) {
  CertificatePtr leaf = Unsigned(key, spec.common_name, spec.valid_from, spec.valid_until);
  AddExtension(leaf.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(leaf.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(leaf.get(), NID_ext_key_usage,
               spec.purpose == Purpose::kServer   ? "serverAuth"
               : spec.purpose == Purpose::kClient ? "clientAuth"
                                                  : "serverAuth,clientAuth");
  AddAlternativeNames(leaf.get(), spec);
  return leaf;
}

void Sign(const CertificatePtr& certificate, const CertificatePtr& issuer,
          const KeyPtr& issuer_key) {
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  Check(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0, "signing");
}

}  // namespace

CertificateSpec AgentCertificate(std::string_view deployment, std::string_view name) {
  return {.common_name = std::string(name),
          .uris = {"spiffe://" + std::string(deployment) + "/agent/" + std::string(name)},
          .purpose = Purpose::kClient};
}

CertificateAuthority::CertificateAuthority(std::string_view common_name, KeyKind key)
    : key_(MakeKey(key)) {
  constexpr std::chrono::seconds kYear = std::chrono::hours(24 * 365);
  certificate_ = Unsigned(key_, common_name, -kYear, kYear);
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  Sign(certificate_, certificate_, key_);
  certificate_pem_ = CertificatePem(certificate_);
}

Credential CertificateAuthority::Issue(const CertificateSpec& spec) const {
  const KeyPtr key = MakeKey(spec.key);
  const CertificatePtr leaf = UnsignedLeaf(key, spec);
  Sign(leaf, certificate_, key_);
  return {KeyPem(key), CertificatePem(leaf)};
}

Credential SelfSigned(const CertificateSpec& spec) {
  const KeyPtr key = MakeKey(spec.key);
  const CertificatePtr leaf = UnsignedLeaf(key, spec);
  Sign(leaf, leaf, key);
  return {KeyPem(key), CertificatePem(leaf)};
}

}  // namespace relaywatch::support
