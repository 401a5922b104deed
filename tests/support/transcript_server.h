// Plays a transcript's server to one client over loopback: real sockets, real TLS. It says what the
// file says and insists on hearing what the file says; the first difference is kept as the problem.
// One thread, which the object owns; every blocking call of it ends within 5 s.
// Confined to the thread that made it.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "tests/support/certificates.h"
#include "tests/support/transcript.h"

namespace relaywatch::support {

class TranscriptServer {
 public:
  // Listens at a free port of 127.0.0.1. The server is called mail.example.com; `authority` is whom
  // the client trusts. `transcript` must outlive the server.
  TranscriptServer(const Transcript& transcript, const CertificateAuthority& authority);
  ~TranscriptServer();
  TranscriptServer(const TranscriptServer&) = delete;
  TranscriptServer& operator=(const TranscriptServer&) = delete;

  std::uint16_t port() const { return port_; }

  // Waits for the dialogue's end. "line N: heard ..., not ..." for the first difference between
  // what was heard and the file, "line N: not reached" where the client left early; "" for none.
  std::string Finish();

 private:
  void Serve();

  const Transcript& transcript_;
  Credential credential_;
  int listener_;
  std::uint16_t port_ = 0;
  std::string problem_;
  std::thread thread_;
};

}  // namespace relaywatch::support
