#include "tests/support/transcript_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "tests/support/transcript_peer.h"

namespace relaywatch::support {
namespace {

using Kind = TranscriptStep::Kind;

Credential MakeCredential(TranscriptCertificate kind, const CertificateAuthority& authority) {
  using std::chrono::hours;
  const CertificateSpec good{.common_name = "mail.example.com", .names = {"mail.example.com"}};
  CertificateSpec spec = good;
  switch (kind) {
    case TranscriptCertificate::kExpired:
      spec.valid_until = hours(-24);
      break;
    case TranscriptCertificate::kNotYetValid:
      spec.valid_from = hours(24);
      break;
    case TranscriptCertificate::kWrongName:
      spec.common_name = "other.example.org";
      spec.names = {"other.example.org"};
      break;
    case TranscriptCertificate::kSelfSigned:
      return SelfSigned(good);
    case TranscriptCertificate::kUntrusted:
      return CertificateAuthority("Unknown CA").Issue(good);
    case TranscriptCertificate::kGood:
    case TranscriptCertificate::kOldTlsOnly:
      break;
  }
  return authority.Issue(spec);
}

// One dialogue, step by step.
class Play {
 public:
  Play(const Transcript& transcript, const Credential& credential, int fd)
      : transcript_(transcript), credential_(credential), peer_(fd) {}

  // The problem, or "".
  std::string Run() {
    for (const TranscriptStep& step : transcript_.steps) {
      if (!Do(step)) return problem_;
      if (is_over_) return {};
    }
    TakeLeave();
    return {};
  }

 private:
  bool Do(const TranscriptStep& step) {
    switch (step.kind) {
      case Kind::kServer:
        return Reached(step, peer_.Say(step.text + "\r\n"));
      case Kind::kRaw:
        return Reached(step, peer_.Say(step.text));
      case Kind::kClient:
        return Hear(step);
      case Kind::kTls:
        return Handshake();
      case Kind::kSilence:
        peer_.WaitUntilGone();
        break;
      case Kind::kReset:
        peer_.Reset();
        break;
      case Kind::kClose:
        break;
    }
    is_over_ = true;
    return true;
  }

  bool Reached(const TranscriptStep& step, bool reached) {
    if (!reached) problem_ = fmt::format("line {}: not reached", step.line);
    return reached;
  }

  bool Hear(const TranscriptStep& step) {
    const auto heard = peer_.Hear();
    if (!heard) return Reached(step, false);
    if (strcasecmp(heard->c_str(), step.text.c_str()) == 0) return true;
    problem_ = fmt::format("line {}: heard \"{}\", not \"{}\"", step.line, *heard, step.text);
    return false;
  }

  // A failed one is the client's to judge: it ends the dialogue, not the test.
  bool Handshake() {
    const bool is_old = transcript_.certificate == TranscriptCertificate::kOldTlsOnly;
    is_over_ = !peer_.StartTls(credential_, is_old ? TLS1_1_VERSION : 0);
    return true;
  }

  // The farewell after the last line needs no mention in the file.
  void TakeLeave() {
    const auto heard = peer_.Hear();
    if (!heard) return;
    const std::string tag = heard->substr(0, heard->find(' '));
    switch (transcript_.protocol) {
      case v1::PROTOCOL_POP3:
        peer_.Say("+OK Bye\r\n");
        break;
      case v1::PROTOCOL_IMAP:
        peer_.Say("* BYE\r\n" + tag + " OK LOGOUT completed\r\n");
        break;
      default:
        peer_.Say("221 2.0.0 Bye\r\n");
    }
  }

  const Transcript& transcript_;
  const Credential& credential_;
  TranscriptPeer peer_;
  bool is_over_ = false;
  std::string problem_;
};

}  // namespace

TranscriptServer::TranscriptServer(const Transcript& transcript,
                                   const CertificateAuthority& authority)
    : transcript_(transcript),
      credential_(MakeCredential(transcript.certificate, authority)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool listens = bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       listen(listener_, 1) == 0 &&
                       getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!listens) {
    perror("transcript server");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

TranscriptServer::~TranscriptServer() {
  Finish();
  close(listener_);
}

void TranscriptServer::Serve() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  problem_ = Play(transcript_, credential_, fd).Run();
}

std::string TranscriptServer::Finish() {
  shutdown(listener_, SHUT_RDWR);  // wakes a server that nobody came to
  if (thread_.joinable()) thread_.join();
  return problem_;
}

}  // namespace relaywatch::support
