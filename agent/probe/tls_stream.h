// The client's end of one TLS session on a connected non-blocking socket. Every call does what can
// be done without waiting and says what to wait for; waiting is the caller's (connection.h). The
// context, the descriptor and the socket behind it must outlive it. Confined to one dialogue. RFC
// 8446, RFC 5246, RFC 6066 section 3 (SNI).
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/probe/fault.h"
#include "agent/probe/socket_bio.h"
#include "agent/probe/tls_context.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::probe {

class TlsStream {
 public:
  enum class Progress { kDone, kWantRead, kWantWrite, kFailed };

  // `server_name` is sent as SNI unless it is an address literal, and is what must match the
  // certificate.
  TlsStream(const TlsContext& context, int fd, const std::string& server_name);

  Progress Handshake();
  // `bytes` is how many were read or written when Done.
  Progress Read(std::span<char> into, std::size_t& bytes);
  Progress Write(std::string_view from, std::size_t& bytes);
  // Sends close_notify if that needs no waiting.
  void Close();

  // Something received is not yet read, a partial record perhaps: try Read before waiting.
  bool HasPending() const { return SSL_has_pending(ssl_.get()) != 0; }
  // Why the last call failed.
  Fault FaultOfFailure() const;
  // After the handshake.
  v1::TlsSession Session() const;

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Progress ProgressOf(int result);

  std::unique_ptr<SocketBioState> socket_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string sni_;
  unsigned long error_ = 0;  // OpenSSL's, of the last failure
  bool handshake_done_ = false;
};

}  // namespace relaywatch::probe
