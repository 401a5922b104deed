#include "agent/probe/tls_stream.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <new>

#include "agent/probe/certificate.h"
#include "agent/probe/printable.h"

namespace relaywatch::probe {
namespace {

// Content types of RFC 8446, section 5.1, from change_cipher_spec to heartbeat.
bool LooksLikeTlsRecord(std::string_view bytes) { return bytes[0] >= 20 && bytes[0] <= 24; }

bool LooksLikeText(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return (c >= 0x20 && c != 0x7F) || c == '\r' || c == '\n' || c == '\t';
  });
}

bool IsAddressLiteral(const std::string& name) {
  std::error_code error;
  asio::ip::make_address(name, error);
  return !error;
}

std::string WithoutTrailingDot(std::string name) {
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name;
}

Fault FaultOfOpenSsl(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  if (reason >= SSL_AD_REASON_OFFSET) {
    return {v1::FAILURE_TLS_HANDSHAKE,
            std::string("TLS alert: ") + SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET)};
  }
  const char* words = ERR_reason_error_string(error);
  return {v1::FAILURE_TLS_HANDSHAKE, std::string("TLS: ") + (words == nullptr ? "failed" : words)};
}

}  // namespace

TlsStream::TlsStream(const TlsContext& context, int fd, const std::string& server_name)
    : socket_(std::make_unique<SocketBioState>()), ssl_(SSL_new(context.get())) {
  if (!ssl_) throw std::bad_alloc();
  socket_->fd = fd;
  BIO* bio = NewSocketBio(*socket_);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
  const std::string name = WithoutTrailingDot(server_name);
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl_.get());
  if (IsAddressLiteral(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size());
  if (SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) == 1) sni_ = name;
}

TlsStream::Progress TlsStream::Handshake() {
  ERR_clear_error();
  const Progress progress = ProgressOf(SSL_do_handshake(ssl_.get()));
  handshake_done_ = progress == Progress::kDone;
  return progress;
}

TlsStream::Progress TlsStream::Read(std::span<char> into, std::size_t& bytes) {
  ERR_clear_error();
  return ProgressOf(SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes));
}

TlsStream::Progress TlsStream::Write(std::string_view from, std::size_t& bytes) {
  ERR_clear_error();
  return ProgressOf(SSL_write_ex(ssl_.get(), from.data(), from.size(), &bytes));
}

void TlsStream::Close() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

TlsStream::Progress TlsStream::ProgressOf(int result) {
  if (result == 1) return Progress::kDone;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Progress::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Progress::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      socket_->end_of_file = true;  // close_notify is an orderly end
      return Progress::kFailed;
    default:
      error_ = ERR_peek_error();
      return Progress::kFailed;
  }
}

Fault TlsStream::FaultOfFailure() const {
  const std::string_view first = socket_->First();
  if (!handshake_done_ && !first.empty() && !LooksLikeTlsRecord(first) && LooksLikeText(first)) {
    const std::string_view line = first.substr(0, first.find_first_of("\r\n"));
    return {v1::FAILURE_TLS_PLAINTEXT,
            "plain text in answer to a TLS hello: " + Printable(line).text};
  }
  // An alert outranks the end of the connection that follows it.
  if (ERR_GET_REASON(error_) >= SSL_AD_REASON_OFFSET) return FaultOfOpenSsl(error_);
  if (socket_->end_of_file) return ClosedFault();
  if (socket_->error != 0) {
    return StreamFault(std::error_code(socket_->error, std::system_category()));
  }
  return FaultOfOpenSsl(error_);
}

v1::TlsSession TlsStream::Session() const {
  v1::TlsSession session;
  session.set_version(SSL_get_version(ssl_.get()));
  session.set_cipher(SSL_get_cipher_name(ssl_.get()));
  session.set_sni(sni_);
  const long result = SSL_get_verify_result(ssl_.get());
  session.set_verify_error(VerifyErrorOf(result));
  if (result != X509_V_OK) session.set_verify_detail(X509_verify_cert_error_string(result));
  if (X509* leaf = SSL_get0_peer_certificate(ssl_.get())) {
    *session.mutable_certificate() = CertificateFacts(leaf);
  }
  return session;
}

}  // namespace relaywatch::probe
