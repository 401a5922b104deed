#include "collector/fleet/signing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <utility>

namespace relaywatch::collector {
namespace {

using Extensions = std::vector<std::pair<int, std::string>>;

Extensions ExtensionsOf(const CertificateSpec& spec) {
  Extensions extensions;
  switch (spec.kind) {
    case CertificateKind::kRoot:
      extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:1"},
                    {NID_key_usage, "critical,keyCertSign,cRLSign"}};
      break;
    case CertificateKind::kIntermediate:
      extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                    {NID_key_usage, "critical,keyCertSign,cRLSign"}};
      break;
    case CertificateKind::kServer:
    case CertificateKind::kClient:
      extensions = {
          {NID_basic_constraints, "critical,CA:FALSE"},
          {NID_key_usage, "critical,digitalSignature"},
          {NID_ext_key_usage, spec.kind == CertificateKind::kClient ? "clientAuth" : "serverAuth"}};
  }
  if (!spec.names.empty()) {
    extensions.emplace_back(NID_subject_alt_name, fmt::format("{}", fmt::join(spec.names, ",")));
  }
  extensions.emplace_back(NID_subject_key_identifier, "hash");
  if (spec.kind != CertificateKind::kRoot) {
    extensions.emplace_back(NID_authority_key_identifier, "keyid");
  }
  return extensions;
}

bool AddExtensions(X509* certificate, X509* issuer, const Extensions& extensions) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const auto& [nid, value] : extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) return false;
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    if (!added) return false;
  }
  return true;
}

bool SetSerial(X509* certificate) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), serial.size()) != 1) return false;
  serial[0] &= 0x7f;  // positive, so that it stays within 16 bytes
  serial[0] |= 0x40;  // and never shorter
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      BN_bin2bn(serial.data(), serial.size(), nullptr), BN_free);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetSubject(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                    MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool Fill(X509* certificate, const CertificateSpec& spec, EVP_PKEY* subject, X509* issuer) {
  return X509_set_version(certificate, X509_VERSION_3) == 1 && SetSerial(certificate) &&
         SetSubject(certificate, spec.common_name) &&
         X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), spec.not_before) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), spec.not_after) != nullptr &&
         X509_set_pubkey(certificate, subject) == 1 &&
         AddExtensions(certificate, issuer, ExtensionsOf(spec));
}

}  // namespace

absl::StatusOr<x509::Certificate> SignCertificate(const CertificateSpec& spec, EVP_PKEY* subject,
                                                  const Issuer& issuer) {
  x509::Certificate certificate(X509_new());
  if (!certificate) return x509::Failure("make a certificate");
  X509* signs = issuer.certificate == nullptr ? certificate.get() : issuer.certificate;
  if (!Fill(certificate.get(), spec, subject, signs) ||
      X509_sign(certificate.get(), issuer.key, EVP_sha256()) <= 0) {
    return x509::Failure("make a certificate");
  }
  return certificate;
}

}  // namespace relaywatch::collector
