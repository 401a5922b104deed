// The reference: the least a client can do for one STARTTLS dialogue, blocking, one at a time, on
// plain sockets and OpenSSL: connect, greeting, EHLO, STARTTLS, verified handshake, EHLO, QUIT.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace relaywatch::bench {

class BlockingClient {
 public:
  BlockingClient(std::uint16_t port, const std::string& ca_file, std::string server_name);

  // False where anything went wrong.
  bool Dialogue();

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  const std::uint16_t port_;
  const std::string server_name_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace relaywatch::bench
