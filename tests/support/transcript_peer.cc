#include "tests/support/transcript_peer.h"

#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace relaywatch::support {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio Reading(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

void UseCredential(SSL_CTX* context, const Credential& credential) {
  X509* certificate =
      PEM_read_bio_X509(Reading(credential.certificate_pem).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key =
      PEM_read_bio_PrivateKey(Reading(credential.key_pem).get(), nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace

TranscriptPeer::TranscriptPeer(int fd) : fd_(fd) {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

TranscriptPeer::~TranscriptPeer() { close(fd_); }

bool TranscriptPeer::Say(std::string_view bytes) {
  while (!bytes.empty()) {
    const long sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : static_cast<long>(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

long TranscriptPeer::Read(char* into, std::size_t size) {
  return ssl_ ? SSL_read(ssl_.get(), into, static_cast<int>(size))
              : static_cast<long>(recv(fd_, into, size, 0));
}

std::optional<std::string> TranscriptPeer::Hear() {
  std::string line;
  char c = 0;
  while (Read(&c, 1) == 1) {
    if (c == '\n') {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    line += c;
  }
  return std::nullopt;
}

bool TranscriptPeer::StartTls(const Credential& credential, int max_version) {
  context_.reset(SSL_CTX_new(TLS_server_method()));
  UseCredential(context_.get(), credential);
  if (max_version != 0) {
    SSL_CTX_set_security_level(context_.get(), 0);  // TLS 1.1 needs SHA-1 signatures
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), fd_);
  return SSL_accept(ssl_.get()) == 1;
}

void TranscriptPeer::WaitUntilGone() {
  char buffer[256];
  while (recv(fd_, buffer, sizeof buffer, 0) > 0) {
  }
}

void TranscriptPeer::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace relaywatch::support
