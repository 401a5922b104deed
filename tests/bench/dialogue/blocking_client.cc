#include "tests/bench/dialogue/blocking_client.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

namespace relaywatch::bench {
namespace {

// The last line of a reply has a blank behind its code.
bool IsWholeReply(std::string_view text) {
  if (text.empty() || text.back() != '\n') return false;
  const std::size_t last = text.find_last_of('\n', text.size() - 2);
  const std::size_t start = last == std::string_view::npos ? 0 : last + 1;
  return text.size() > start + 3 && text[start + 3] == ' ';
}

template <typename Read>
bool ReadReply(char code, Read read) {
  char buffer[4096];
  std::size_t size = 0;
  while (!IsWholeReply({buffer, size})) {
    const long got = read(buffer + size, sizeof(buffer) - size);
    if (got <= 0) return false;
    size += static_cast<std::size_t>(got);
  }
  return buffer[0] == code;
}

bool AskPlain(int fd, std::string_view command) {
  if (send(fd, command.data(), command.size(), MSG_NOSIGNAL) < 0) return false;
  return ReadReply('2', [fd](char* into, std::size_t size) { return recv(fd, into, size, 0); });
}

bool AskTls(SSL* ssl, std::string_view command) {
  if (SSL_write(ssl, command.data(), static_cast<int>(command.size())) <= 0) return false;
  return ReadReply('2', [ssl](char* into, std::size_t size) {
    return SSL_read(ssl, into, static_cast<int>(size));
  });
}

bool TlsPart(SSL* ssl) {
  return SSL_connect(ssl) == 1 && SSL_get_verify_result(ssl) == X509_V_OK &&
         AskTls(ssl, "EHLO client.example.com\r\n") && AskTls(ssl, "QUIT\r\n");
}

}  // namespace

BlockingClient::BlockingClient(std::uint16_t port, const std::string& ca_file,
                               std::string server_name)
    : port_(port),
      server_name_(std::move(server_name)),
      context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_load_verify_file(context_.get(), ca_file.c_str());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
}

bool BlockingClient::Dialogue() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  bool good = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
              ReadReply('2', [fd](char* into, std::size_t n) { return recv(fd, into, n, 0); }) &&
              AskPlain(fd, "EHLO client.example.com\r\n") && AskPlain(fd, "STARTTLS\r\n");
  if (good) {
    SSL* ssl = SSL_new(context_.get());
    SSL_set_fd(ssl, fd);
    SSL_set1_host(ssl, server_name_.c_str());
    SSL_set_tlsext_host_name(ssl, server_name_.c_str());
    good = TlsPart(ssl);
    SSL_shutdown(ssl);
    SSL_free(ssl);
  }
  close(fd);
  return good;
}

}  // namespace relaywatch::bench
