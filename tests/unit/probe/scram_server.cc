#include "tests/unit/probe/scram_server.h"

#include <openssl/hmac.h>

#include "agent/probe/base64.h"

namespace relaywatch::probe {
namespace {

std::string Base64(const std::string& bytes) { return std::string(ToBase64(bytes).view()); }

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

ScramServer::ScramServer(const EVP_MD* digest, const std::string& password, const std::string& salt,
                         int iterations)
    : digest_(digest), salt_(salt), iterations_(iterations) {
  salted_password_.resize(static_cast<std::size_t>(EVP_MD_get_size(digest)));
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(salt_),
                    static_cast<int>(salt_.size()), iterations, digest,
                    static_cast<int>(salted_password_.size()), Bytes(salted_password_));
}

std::string ScramServer::Hmac(const std::string& key, const std::string& text) const {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  std::string copy = text;
  HMAC(digest_, key.data(), static_cast<int>(key.size()), Bytes(copy), copy.size(), Bytes(out),
       &size);
  out.resize(size);
  return out;
}

std::string ScramServer::Proof(const std::string& auth_message) const {
  std::string proof = Hmac(salted_password_, "Client Key");
  std::string stored_key(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(proof.data(), proof.size(), Bytes(stored_key), &size, digest_, nullptr);
  stored_key.resize(size);
  const std::string signature = Hmac(stored_key, auth_message);
  for (std::size_t i = 0; i < proof.size(); ++i)
    proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  return Base64(proof);
}

ScramServer::Exchange ScramServer::Begin(const std::string& client_first) const {
  const std::string bare = client_first.substr(std::string("n,,").size());
  const std::string nonce = bare.substr(bare.find("r=") + 2);
  Exchange exchange;
  exchange.server_first =
      "r=" + nonce + "server,s=" + Base64(salt_) + ",i=" + std::to_string(iterations_);
  exchange.auth_message = bare + "," + exchange.server_first;
  return exchange;
}

bool ScramServer::Accepts(Exchange& exchange, const std::string& client_final) const {
  const std::size_t proof = client_final.find(",p=");
  if (proof == std::string::npos) return false;
  exchange.auth_message += "," + client_final.substr(0, proof);
  return client_final.substr(proof + 3) == Proof(exchange.auth_message);
}

std::string ScramServer::Signature(const Exchange& exchange) const {
  return "v=" + Base64(Hmac(Hmac(salted_password_, "Server Key"), exchange.auth_message));
}

}  // namespace relaywatch::probe
