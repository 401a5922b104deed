#include "tests/unit/probe/scripted_server.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace relaywatch::probe {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::abort();
}

SSL_CTX* ServerContext(const support::Credential& credential, int max_version) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_max_proto_version(context, max_version);
  SSL_CTX_set_security_level(context, 0);  // old protocol versions have to be possible here
  BIO* certificate_bio = BIO_new_mem_buf(credential.certificate_pem.data(),
                                         static_cast<int>(credential.certificate_pem.size()));
  BIO* key_bio =
      BIO_new_mem_buf(credential.key_pem.data(), static_cast<int>(credential.key_pem.size()));
  X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  Require(SSL_CTX_use_certificate(context, certificate) == 1, "certificate");
  Require(SSL_CTX_use_PrivateKey(context, key) == 1, "key");
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_bio);
  BIO_free(key_bio);
  return context;
}

void SetTimeouts(int fd) {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

std::string FirstWordUpper(const std::string& line) {
  std::string word = line.substr(0, line.find(' '));
  std::transform(word.begin(), word.end(), word.begin(), ::toupper);
  return word;
}

}  // namespace

Peer::~Peer() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (context_ != nullptr) SSL_CTX_free(context_);
  if (fd_ >= 0) close(fd_);
}

bool Peer::Say(std::string_view bytes) {
  while (!bytes.empty()) {
    const long put = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                     : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

long Peer::Read(char* into, std::size_t size) {
  return ssl_ != nullptr ? SSL_read(ssl_, into, static_cast<int>(size)) : recv(fd_, into, size, 0);
}

std::string Peer::Hear() {
  std::string line;
  for (char c = 0; Read(&c, 1) == 1;) {
    if (c == '\n') return line;
    if (c != '\r') line.push_back(c);
  }
  return {};
}

bool Peer::StartTls(const support::Credential& credential, int max_version) {
  context_ = ServerContext(credential, max_version);
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, fd_);
  return SSL_accept(ssl_) == 1;
}

void Peer::WaitForClose() {
  char buffer[4096];
  while (Read(buffer, sizeof(buffer)) > 0) {
  }
}

void Peer::Reset() {
  const linger abort{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  close(fd_);
  fd_ = -1;
}

void Peer::CloseForWriting() { shutdown(fd_, SHUT_WR); }

ScriptedServer::ScriptedServer(Script script, const std::string& address)
    : script_(std::move(script)) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    size = sizeof(*v4);
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    Require(inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1, "address");
    v6->sin6_family = AF_INET6;
    size = sizeof(*v6);
  }
  listener_ = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Require(bind(listener_, reinterpret_cast<sockaddr*>(&storage), size) == 0, "bind");
  Require(listen(listener_, 16) == 0, "listen");
  getsockname(listener_, reinterpret_cast<sockaddr*>(&storage), &size);
  port_ = ntohs(storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(storage).sin_port
                                             : reinterpret_cast<sockaddr_in6&>(storage).sin6_port);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void ScriptedServer::Serve() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    SetTimeouts(fd);
    Peer peer(fd);
    script_(peer);
  }
}

Script Answering(Answers answers) {
  return [answers](Peer& peer) {
    bool in_tls = answers.implicit_tls;
    if (in_tls && !peer.StartTls(*answers.credential)) return;
    peer.Say(answers.greeting);
    for (std::string line = peer.Hear(); !line.empty(); line = peer.Hear()) {
      if (answers.heard != nullptr) answers.heard->push_back(line);
      const std::string verb = FirstWordUpper(line);
      const auto reply = answers.replies.find((in_tls ? "TLS " : "") + verb);
      const std::string usual = verb == "QUIT" ? "221 2.0.0 Bye\r\n" : "250 2.0.0 Ok\r\n";
      const std::string said = reply == answers.replies.end() ? usual : reply->second;
      peer.Say(said);
      if (verb == "QUIT") return;
      if (verb == "STARTTLS" && said.starts_with("220") && answers.credential != nullptr) {
        if (!peer.StartTls(*answers.credential)) return;
        in_tls = true;
      }
    }
  };
}

}  // namespace relaywatch::probe
