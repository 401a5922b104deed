#include "tests/bench/fleetsim/wire_agent.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tests/unit/collector/messages.h"

namespace relaywatch::bench {
namespace {

// RFC 9113, 6: frame types and flags.
constexpr std::uint8_t kData = 0;
constexpr std::uint8_t kHeaders = 1;
constexpr std::uint8_t kReset = 3;
constexpr std::uint8_t kSettings = 4;
constexpr std::uint8_t kPing = 6;
constexpr std::uint8_t kGoAway = 7;
constexpr std::uint8_t kWindowUpdate = 8;
constexpr std::uint8_t kAck = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMessageHeader = 5;  // of gRPC: compressed, length
constexpr std::uint32_t kStream = 1;
constexpr std::uint32_t kWindow = 0x7fff0000 - 65'535;
constexpr int kResults = 2;

[[noreturn]] void Fail(const std::string& what) {
  fmt::print(stderr, "bench/fleetsim: wire agent: {}\n", what);
  std::exit(1);
}

void Require(bool ok, const char* what) {
  if (ok) return;
  char reason[256] = "";
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  Fail(fmt::format("{}: {}", what, reason));
}

std::string Number(std::uint32_t value, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes));
  return text;
}

std::uint32_t NumberAt(std::string_view bytes, std::size_t from, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[from + i]);
  return value;
}

std::string Frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  return Number(static_cast<std::uint32_t>(payload.size()), 3) + Number(type, 1) +
         Number(flags, 1) + Number(stream, 4) + std::string(payload);
}

std::string Text(std::string_view text) {
  return Number(static_cast<std::uint32_t>(text.size()), 1) + std::string(text);
}

// Nothing indexed but names of the static table (RFC 7541, 6.1 and 6.2.2).
std::string RequestHeaders() {
  return std::string("\x83\x87", 2) +                       // :method POST, :scheme https
         "\x01" + Text("localhost") +                       // :authority
         "\x04" + Text("/relaywatch.v1.Session/Connect") +  // :path
         "\x0f\x10" + Text("application/grpc") +            // content-type
         std::string(1, '\0') + Text("te") + Text("trailers");
}

std::string Opening() {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
         Frame(kSettings, 0, 0, Number(4, 2) + Number(kWindow, 4)) +  // of each stream
         Frame(kWindowUpdate, 0, 0, Number(kWindow, 4)) +
         Frame(kHeaders, kEndHeaders, kStream, RequestHeaders());
}

std::unique_ptr<BIO, decltype(&BIO_free_all)> Reader(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all};
}

SSL_CTX* Context() {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
    return made;
  }();
  return context;
}

void Present(SSL* tls, const support::Credential& credential) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(Reader(credential.certificate_pem).get(), nullptr, nullptr, nullptr),
      X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(Reader(credential.key_pem).get(), nullptr, nullptr, nullptr),
      EVP_PKEY_free);
  Require(SSL_use_certificate(tls, certificate.get()) == 1, "certificate");
  Require(SSL_use_PrivateKey(tls, key.get()) == 1, "key");
}

}  // namespace

WireAgent::WireAgent(std::uint16_t port, const support::Credential& credential, std::uint64_t epoch)
    : epoch_(epoch) {
  Connect(port);
  tls_.reset(SSL_new(Context()));
  Present(tls_.get(), credential);
  const unsigned char protocol[] = {2, 'h', '2'};
  SSL_set_alpn_protos(tls_.get(), protocol, sizeof protocol);
  SSL_set_tlsext_host_name(tls_.get(), "localhost");
  SSL_set_fd(tls_.get(), descriptor_);
  Require(SSL_connect(tls_.get()) == 1, "handshake");
  Write(Opening());
  Say(collector::testing::HelloOf(epoch_));
  fcntl(descriptor_, F_SETFL, O_NONBLOCK);
}

WireAgent::~WireAgent() { close(descriptor_); }

void WireAgent::Connect(std::uint16_t port) {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    Fail("cannot connect");
  }
}

void WireAgent::SayBatch() {
  Say(said_ == 0 ? collector::testing::FirstBatch(
                       epoch_, 1, kResults, collector::testing::PathTo(1, "office"),
                       collector::testing::SubmissionFacts({"LOGIN", "PLAIN"}))
                 : collector::testing::BatchOf(epoch_, said_ + 1, kResults));
  said_ += kResults;
}

void WireAgent::Say(const v1::AgentMessage& message) {
  const std::string bytes = message.SerializeAsString();
  const auto length = static_cast<std::uint32_t>(bytes.size());
  Write(Frame(kData, 0, kStream, Number(0, 1) + Number(length, 4) + bytes));
}

// Little is ever under way, so the socket's buffer always has room.
void WireAgent::Write(std::string_view bytes) {
  Require(SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
              static_cast<int>(bytes.size()),
          "write");
}

void WireAgent::Listen() {
  char buffer[8'192];
  int count = 0;
  while ((count = SSL_read(tls_.get(), buffer, sizeof buffer)) > 0) frames_.append(buffer, count);
  const int error = SSL_get_error(tls_.get(), count);
  if (error != SSL_ERROR_WANT_READ) Fail("the collector has ended the connection");
  TakeFrames();
}

void WireAgent::TakeFrames() {
  std::size_t at = 0;
  while (frames_.size() - at >= kFrameHeader) {
    const std::size_t length = NumberAt(frames_, at, 3);
    if (frames_.size() - at < kFrameHeader + length) break;
    OnFrame(static_cast<std::uint8_t>(frames_[at + 3]), static_cast<std::uint8_t>(frames_[at + 4]),
            std::string_view(frames_).substr(at + kFrameHeader, length));
    at += kFrameHeader + length;
  }
  frames_.erase(0, at);
}

void WireAgent::OnFrame(std::uint8_t type, std::uint8_t flags, std::string_view payload) {
  if (type == kReset || type == kGoAway) Fail("the collector has ended the stream");
  if (type == kSettings && (flags & kAck) == 0) Write(Frame(kSettings, kAck, 0, ""));
  if (type == kPing && (flags & kAck) == 0) Write(Frame(kPing, kAck, 0, payload));
  if (type != kData) return;
  messages_ += payload;
  TakeMessages();
}

void WireAgent::TakeMessages() {
  while (messages_.size() >= kMessageHeader) {
    const std::size_t length = NumberAt(messages_, 1, 4);
    if (messages_.size() < kMessageHeader + length) return;
    v1::CollectorMessage message;
    if (!message.ParseFromArray(messages_.data() + kMessageHeader, static_cast<int>(length))) {
      Fail("a message that cannot be read");
    }
    messages_.erase(0, kMessageHeader + length);
    if (message.has_welcome()) welcomed_ = true;
    if (message.has_rewind()) Fail("asked to send again");
    if (message.has_ack()) acknowledged_ = message.ack().durable_seq();
  }
}

}  // namespace relaywatch::bench
