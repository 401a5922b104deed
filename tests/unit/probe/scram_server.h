// The server's side of SCRAM, straight from RFC 5802, section 3, to judge a client by. Confined to
// one thread.
#pragma once

#include <openssl/evp.h>

#include <string>

namespace relaywatch::probe {

class ScramServer {
 public:
  // What was said so far: client-first-bare, server-first, and client-final without its proof.
  struct Exchange {
    std::string server_first;
    std::string auth_message;
  };

  ScramServer(const EVP_MD* digest, const std::string& password, const std::string& salt,
              int iterations);

  Exchange Begin(const std::string& client_first) const;
  // Completes `exchange` by the client's final message.
  bool Accepts(Exchange& exchange, const std::string& client_final) const;
  // The server's own proof, "v=...".
  std::string Signature(const Exchange& exchange) const;
  // The client's proof for that auth message, in base64.
  std::string Proof(const std::string& auth_message) const;

 private:
  std::string Hmac(const std::string& key, const std::string& text) const;

  const EVP_MD* digest_;
  std::string salt_;
  int iterations_;
  std::string salted_password_;
};

}  // namespace relaywatch::probe
