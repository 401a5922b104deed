// The server's end of one replayed connection: lines, bytes and a TLS handshake over a blocking
// socket with a time limit. Confined to one thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/certificates.h"

namespace relaywatch::support {

class TranscriptPeer {
 public:
  explicit TranscriptPeer(int fd);
  ~TranscriptPeer();
  TranscriptPeer(const TranscriptPeer&) = delete;
  TranscriptPeer& operator=(const TranscriptPeer&) = delete;

  // False once the client is gone.
  bool Say(std::string_view bytes);
  // One line without its ending; nullopt at the end of file.
  std::optional<std::string> Hear();
  // Accepts a handshake; false where it fails. `max_version` 0: any.
  bool StartTls(const Credential& credential, int max_version);
  void WaitUntilGone();
  // Ends the connection with RST.
  void Reset();

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  long Read(char* into, std::size_t size);

  int fd_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace relaywatch::support
