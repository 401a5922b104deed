// An agent of the simulated fleet that costs next to nothing: HTTP/2 by hand on OpenSSL, so that
// thousands of messages a second leave the machine to the collector that is measured. It says what
// an agent says (Hello, batches of two results) and hears Acks; it never comes back, and its end of
// the flow control is one large window (RFC 9113, 5.2). A failure ends the program.
// Confined to one thread.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "relaywatch/v1/session.pb.h"
#include "tests/support/certificates.h"

namespace relaywatch::bench {

class WireAgent {
 public:
  // Connects, shakes hands and says Hello, and waits meanwhile; `epoch` is its alone.
  WireAgent(std::uint16_t port, const support::Credential& credential, std::uint64_t epoch);
  ~WireAgent();
  WireAgent(const WireAgent&) = delete;
  WireAgent& operator=(const WireAgent&) = delete;

  int descriptor() const { return descriptor_; }
  // The next two results; the first time with the dictionary.
  void SayBatch();
  // Takes what has come; does not wait.
  void Listen();

  bool welcomed() const { return welcomed_; }
  std::uint64_t unacknowledged() const { return said_ - acknowledged_; }

 private:
  void Connect(std::uint16_t port);
  void Say(const v1::AgentMessage& message);
  void Write(std::string_view bytes);
  void TakeFrames();
  void OnFrame(std::uint8_t type, std::uint8_t flags, std::string_view payload);
  void TakeMessages();

  const std::uint64_t epoch_;
  int descriptor_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  std::string frames_;    // received, not yet whole
  std::string messages_;  // of the stream: payload of DATA, not yet whole
  bool welcomed_ = false;
  std::uint64_t said_ = 0;  // results
  std::uint64_t acknowledged_ = 0;
};

}  // namespace relaywatch::bench
