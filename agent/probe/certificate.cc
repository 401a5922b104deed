#include "agent/probe/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <time.h>

#include <asio/ip/address.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "agent/probe/printable.h"

namespace relaywatch::probe {
namespace {

constexpr int kMaxNames = 32;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string Rfc2253(const X509_NAME* name) {
  const std::unique_ptr<BIO, FreeBio> memory(BIO_new(BIO_s_mem()));
  // Without ESC_MSB: names in UTF-8 stay readable.
  if (!memory ||
      X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return {};
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return Printable(std::string_view(text, static_cast<std::size_t>(length))).text;
}

std::int64_t SecondsSinceEpoch(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

std::string_view View(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string IpText(std::string_view bytes) {
  if (asio::ip::address_v4::bytes_type v4; bytes.size() == v4.size()) {
    std::memcpy(v4.data(), bytes.data(), v4.size());
    return asio::ip::address_v4(v4).to_string();
  }
  if (asio::ip::address_v6::bytes_type v6; bytes.size() == v6.size()) {
    std::memcpy(v6.data(), bytes.data(), v6.size());
    return asio::ip::address_v6(v6).to_string();
  }
  return {};
}

void AddAlternativeNames(X509* x509, v1::Certificate& facts) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count && facts.names_size() < kMaxNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) facts.add_names(Printable(View(name->d.dNSName)).text);
    if (name->type == GEN_IPADD) facts.add_names(IpText(View(name->d.iPAddress)));
  }
}

void AddCommonName(X509* x509, v1::Certificate& facts) {
  const X509_NAME* subject = X509_get_subject_name(x509);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return;
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, index);
  facts.add_names(Printable(View(X509_NAME_ENTRY_get_data(entry))).text);
}

}  // namespace

v1::Certificate CertificateFacts(X509* certificate) {
  v1::Certificate facts;
  facts.set_subject(Rfc2253(X509_get_subject_name(certificate)));
  facts.set_issuer(Rfc2253(X509_get_issuer_name(certificate)));
  facts.set_not_after(SecondsSinceEpoch(X509_get0_notAfter(certificate)));
  AddAlternativeNames(certificate, facts);
  if (facts.names().empty()) AddCommonName(certificate, facts);
  return facts;
}

v1::VerifyError VerifyErrorOf(long result) {
  switch (result) {
    case X509_V_OK:
      return v1::VERIFY_ERROR_UNSPECIFIED;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return v1::VERIFY_ERROR_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return v1::VERIFY_ERROR_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return v1::VERIFY_ERROR_NAME_MISMATCH;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return v1::VERIFY_ERROR_SELF_SIGNED;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:  // its root is a stranger, the leaf has an issuer
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
      return v1::VERIFY_ERROR_UNTRUSTED;
    case X509_V_ERR_CERT_REVOKED:
      return v1::VERIFY_ERROR_REVOKED;
    default:
      return v1::VERIFY_ERROR_OTHER;
  }
}

}  // namespace relaywatch::probe
