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

}  // namespace

ServerCertificates::ServerCertificates() {
  const CertificateSpec good = For({"mail.example.com", "127.0.0.1"});
  std::filesystem::permissions(scratch_.path(), kTraversable);
  scratch_.Write("ca.pem", ca_.certificate_pem(), kReadable);
  Write("good.pem", ca_.Issue(good));
  Write("expired.pem", ca_.Issue(Expired(good)));
  Write("other_name.pem", ca_.Issue(For({"www.example.com"})));
  Write("self_signed.pem", support::SelfSigned(good));
  Write("unknown_ca.pem", support::CertificateAuthority("Other CA").Issue(good));
}

void ServerCertificates::Write(const char* name, const support::Credential& credential) const {
  scratch_.Write(name, credential.IdentityPem(), kReadable);
}

}  // namespace relaywatch::e2e
