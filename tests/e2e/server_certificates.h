// A CA and what servers may show for themselves, good and bad, as files that any account can read.
// Confined to one thread.
#pragma once

#include <string>

#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

namespace relaywatch::e2e {

class ServerCertificates {
 public:
  ServerCertificates();

  std::string ca_file() const { return scratch_ / "ca.pem"; }
  // In it, each with its private key: good.pem, for mail.example.com and 127.0.0.1, expired.pem,
  // other_name.pem, self_signed.pem, unknown_ca.pem.
  std::string directory() const { return scratch_.path(); }
  std::string good() const { return scratch_ / "good.pem"; }
  const support::Credential& good_identity() const { return good_; }

 private:
  void Write(const char* name, const support::Credential& credential) const;

  support::ScratchDirectory scratch_;
  support::CertificateAuthority ca_{"Mail CA"};
  support::Credential good_;
};

}  // namespace relaywatch::e2e
