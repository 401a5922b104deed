// Makes keys and certificates of every kind a test may need, in memory, with no openssl program:
// good ones by default, and by one changed field each way to be bad.
//
//   support::CertificateAuthority ca("Test CA");
//   support::Credential server = ca.Issue({.names = {"localhost", "127.0.0.1"}});
//   support::Credential agent = ca.Issue(support::AgentCertificate("example", "office"));
//   support::Credential expired = ca.Issue({.names = {"localhost"}, .valid_until = -24h});
//   support::Credential unknown = support::CertificateAuthority("Other CA").Issue({...});
//
// Values own their text; a CertificateAuthority may be used from several threads once made. A
// failure of OpenSSL ends the program with its message: no test could go on. Follows RFC 5280.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace relaywatch::support {

enum class KeyKind { kP256, kRsa2048 };
enum class Purpose { kServer, kClient, kBoth };

struct CertificateSpec {
  std::string common_name = "relaywatch test";
  std::vector<std::string> names =
      {};  // subjectAltName: IP literals become iPAddress, others dNSName
  std::vector<std::string> uris = {};  // subjectAltName: URI
  Purpose purpose = Purpose::kServer;
  KeyKind key = KeyKind::kP256;
  // Both relative to now; valid_until < 0 is expired, valid_from > 0 is not yet valid.
  std::chrono::seconds valid_from = std::chrono::hours(-24 * 7);
  std::chrono::seconds valid_until = std::chrono::hours(24 * 7);
};

// What an agent called `name` of the deployment carries: clientAuth and one URI SAN
// spiffe://DEPLOYMENT/agent/NAME.
CertificateSpec AgentCertificate(std::string_view deployment, std::string_view name);

// A certificate with its private key, both PEM.
struct Credential {
  std::string key_pem;
  std::string certificate_pem;

  // One text with the key before the certificate: the form of our `identity` files.
  std::string IdentityPem() const { return key_pem + certificate_pem; }
};

class CertificateAuthority {
 public:
  explicit CertificateAuthority(std::string_view common_name, KeyKind key = KeyKind::kP256);

  const std::string& certificate_pem() const { return certificate_pem_; }
  Credential Issue(const CertificateSpec& spec) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  std::string certificate_pem_;
};

// Signed with its own key: nobody vouches for it.
Credential SelfSigned(const CertificateSpec& spec);

}  // namespace relaywatch::support
