// What strangers send to the enrolment listener: certificate requests, chains, tokens.
#include "collector/fleet/certificate_request.h"
#include "collector/fleet/nonces.h"
#include "common/identity/enrollment_token.h"
#include "common/identity/x509.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch;
  using fuzz::Expect;
  const std::string_view bytes = fuzz::AsText(data, size);
  if (const auto key = collector::KeyOfRequest(bytes); key.ok()) {
    Expect(x509::IsP256(key->get()), "a key that is taken is P-256");
    Expect(x509::PublicKeyHash(key->get()).size() == 32, "a key has a hash");
  }
  const auto chain = x509::ReadCertificates(bytes);
  for (const auto& certificate : chain) {
    (void)x509::UriNames(certificate.get());
    (void)x509::PublicKeyHash(certificate.get());
    (void)x509::NotAfter(certificate.get());
  }
  if (!chain.empty()) {
    (void)x509::VerifyChain(chain.front().get(), chain, chain, 1'800'000'000,
                            X509_PURPOSE_SSL_CLIENT);
  }
  if (const auto token = ParseToken(bytes); token.ok()) {
    Expect(FormatToken(*token) == bytes, "a token has one form");
  }
  static collector::Nonces nonces;
  Expect(!nonces.Check(bytes, 0).ok(), "nobody else can make a nonce");
  return 0;
}
