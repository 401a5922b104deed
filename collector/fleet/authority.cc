#include "collector/fleet/authority.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "collector/annotate.h"
#include "collector/fleet/signing.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/identity/identity.h"
#include "common/secret/secret.h"

namespace relaywatch::collector {
namespace {

// Clocks of agents may be a little behind ours; but a short life must not be mostly over when it
// begins, since agents renew by the share of it that has passed.
std::int64_t BackdatedBy(std::int64_t lifetime) {
  return std::min<std::int64_t>(300, lifetime / 10);
}

bool SignsItself(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

absl::Status CheckIssuer(const std::vector<x509::Certificate>& chain, const std::string& ca_pem,
                         std::int64_t now) {
  X509* issuer = chain.front().get();
  if (X509_check_ca(issuer) == 0 || (X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) == 0) {
    return absl::FailedPreconditionError("the certificate is no CA's: it cannot sign");
  }
  const auto roots = x509::ReadCertificates(ca_pem);
  return Annotate(x509::VerifyChain(issuer, chain, roots, now, X509_PURPOSE_ANY).status(),
                  "`ca` does not vouch for the certificate");
}

}  // namespace

absl::StatusOr<Authority> Authority::Load(const AuthoritySettings& settings, std::int64_t now) {
  const std::string& file = settings.issuer_file;
  if (auto checked = CheckIdentityFile(file, now); !checked.ok()) return checked;
  auto pem = ReadFile(file);
  if (!pem.ok()) return pem.status();
  Authority authority;
  authority.key_ = x509::ReadKey(*pem);
  authority.chain_ = x509::ReadCertificates(*pem);
  authority.deployment_ = settings.deployment;
  authority.lifetime_ = settings.lifetime;
  WipeBytes(pem->data(), pem->size());
  if (auto checked = CheckIssuer(authority.chain_, settings.ca_pem, now); !checked.ok()) {
    return Annotate(checked, file);
  }
  return authority;
}

absl::StatusOr<IssuedCertificate> Authority::Issue(EVP_PKEY* key, Role role,
                                                   const std::string& name,
                                                   std::int64_t now) const {
  const std::int64_t issuer_ends = x509::NotAfter(chain_.front().get());
  if (now >= issuer_ends) {
    return absl::FailedPreconditionError(
        fmt::format("the collector cannot issue certificates: its issuer's own expired at {}",
                    FormatRfc3339(issuer_ends * 1000)));
  }
  const std::int64_t lifetime = (role == Role::kAgent ? lifetime_ : kOperatorLifetime).count();
  CertificateSpec spec{.kind = CertificateKind::kClient,
                       .common_name = name,
                       .names = {"URI:" + UriOf(role, deployment_, name)},
                       .not_before = now - BackdatedBy(lifetime),
                       .not_after = std::min(now + lifetime, issuer_ends)};
  const auto leaf = SignCertificate(spec, key, {chain_.front().get(), key_.get()});
  if (!leaf.ok()) return leaf.status();
  IssuedCertificate issued{.chain_pem = x509::ToPem(leaf->get()),
                           .serial = x509::SerialHex(leaf->get()),
                           .key_hash = x509::PublicKeyHash(key),
                           .not_after = spec.not_after};
  // A root need not be sent: who trusts it has it.
  for (const auto& certificate : chain_) {
    if (!SignsItself(certificate.get())) issued.chain_pem += x509::ToPem(certificate.get());
  }
  return issued;
}

absl::StatusOr<std::string> RandomUuid() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return x509::Failure("make a UUID");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

}  // namespace relaywatch::collector
