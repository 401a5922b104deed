#include "tests/e2e/server_certificates.h"

namespace relaywatch::e2e {
namespace {

using std::filesystem::perms;
using support::CertificateSpec;

constexpr perms kTraversable{0711};
// Servers read them after they have dropped their privileges; the keys die with the test.
constexpr perms kReadable{0644};

CertificateSpec For(std::vector<std::string> names) { return {.names = std::move(names)}; }

CertificateSpec Expired(CertificateSpec spec) {
  spec.valid_until = -std::chrono::hours(24);
  return spec;
}

CertificateSpec Good() { return For({"mail.example.com", "127.0.0.1"}); }

}  // namespace

ServerCertificates::ServerCertificates() : good_(ca_.Issue(Good())) {
  std::filesystem::permissions(scratch_.path(), kTraversable);
  scratch_.Write("ca.pem", ca_.certificate_pem(), kReadable);
  Write("good.pem", good_);
  Write("expired.pem", ca_.Issue(Expired(Good())));
  Write("other_name.pem", ca_.Issue(For({"www.example.com"})));
  Write("self_signed.pem", support::SelfSigned(Good()));
  Write("unknown_ca.pem", support::CertificateAuthority("Other CA").Issue(Good()));
}

void ServerCertificates::Write(const char* name, const support::Credential& credential) const {
  scratch_.Write(name, credential.IdentityPem(), kReadable);
}

}  // namespace relaywatch::e2e
