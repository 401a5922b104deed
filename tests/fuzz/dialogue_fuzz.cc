// A whole dialogue of the real probe with a server that says the input. Input: a letter for the
// protocol ('s' SMTP, 'p' POP3, 'i' IMAP), then what the server says, '~' between its turns: the
// first as the greeting, each of the others once the client has said something. Then it hangs up.
// Demands: the dialogue ends, no line leaves the closed list of commands, the report is bounded,
// UTF-8 and judged for every profile.
#include <array>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <string>

#include "agent/probe/probe.h"
#include "agent/probe/resolver.h"
#include "agent/probe/tls_context.h"
#include "common/judge/judge.h"
#include "tests/fuzz/expect.h"

namespace relaywatch {
namespace {

using asio::ip::tcp;
using fuzz::Expect;

constexpr std::size_t kMaxReportBytes = 256 * 1024;

// Never asked: the target is an address literal.
class NoResolver final : public probe::Resolver {
 public:
  asio::awaitable<probe::Resolution> Resolve(std::string, probe::AddressFamily,
                                             std::chrono::steady_clock::time_point) override {
    co_return probe::Resolution{};
  }
};

// Everything the probe may say begins like one of these; the tag of IMAP is taken off.
bool IsAllowed(std::string_view line) {
  for (const std::string_view verb :
       {"EHLO ", "HELO ", "STARTTLS\r", "MAIL FROM:<", "RCPT TO:<", "RSET\r", "QUIT\r", "CAPA\r",
        "STLS\r", "CAPABILITY\r", "LOGOUT\r"}) {
    if (line.starts_with(verb)) return true;
  }
  return false;
}

// What the client says, until it begins TLS.
class Listener {
 public:
  void Hear(std::string_view heard) {
    constexpr char kTlsRecord = 0x16;
    in_tls_ = in_tls_ || heard.starts_with(kTlsRecord);
    if (!in_tls_) ExpectAllowed(heard);
  }

 private:
  static void ExpectAllowed(std::string_view heard);
  bool in_tls_ = false;
};

void Listener::ExpectAllowed(std::string_view heard) {
  while (!heard.empty()) {
    const std::size_t end = heard.find('\n');
    Expect(end != heard.npos, "commands are whole lines");
    std::string_view line = heard.substr(0, end);
    if (!IsAllowed(line)) line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
    Expect(IsAllowed(line), "the command is on the list");
    heard.remove_prefix(end + 1);
  }
}

// One connection. Each turn goes out as one write.
asio::awaitable<void> Serve(tcp::acceptor& acceptor, std::string_view script) {
  std::error_code error;
  tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
  std::array<char, 4096> buffer{};
  Listener listener;
  for (;;) {
    const std::size_t end = std::min(script.find('~'), script.size());
    co_await asio::async_write(peer, asio::buffer(script.data(), end),
                               asio::redirect_error(asio::use_awaitable, error));
    script.remove_prefix(std::min(end + 1, script.size()));
    if (error || script.empty()) break;
    const std::size_t size = co_await peer.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    listener.Hear({buffer.data(), size});
  }
  peer.shutdown(tcp::socket::shutdown_send, error);
  while (!error) {  // so that nothing unread turns the end into a reset
    const std::size_t size = co_await peer.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (!error) listener.Hear({buffer.data(), size});
  }
}

void ExpectSound(const probe::Report& report) {
  v1::Facts copy;
  const std::string bytes = report.facts.SerializeAsString();
  Expect(bytes.size() < kMaxReportBytes, "the report is bounded");
  Expect(copy.ParseFromString(bytes), "the report is UTF-8 throughout");
  Expect(report.facts.stage() != v1::STAGE_UNSPECIFIED, "the report knows where it ended");
  for (const auto& judgement : judge::Judge(report.facts, judge::BuiltInProfiles())) {
    Expect(judgement.verdict != v1::VERDICT_UNSPECIFIED, "there is a verdict");
  }
}

probe::Request RequestTo(std::uint16_t port, unsigned char letter) {
  probe::Request request;
  request.host = "127.0.0.1";
  request.port = port;
  request.protocol = letter == 'p'   ? v1::PROTOCOL_POP3
                     : letter == 'i' ? v1::PROTOCOL_IMAP
                                     : v1::PROTOCOL_SMTP;
  request.ehlo_name = "client.example.com";
  request.relay_test = {"probe@example.com", "probe@example.com", "probe@example.net"};
  request.keep_transcript = true;
  // Where both sides wait for each other.
  request.limits.banner = request.limits.reply = request.limits.tls = std::chrono::milliseconds(10);
  return request;
}

// The same for every input.
struct Site {
  asio::io_context io{1};
  tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
  NoResolver resolver;
  std::unique_ptr<probe::TlsContext> tls = probe::TlsContext::Create("").value();
  probe::Prober prober{io, resolver, *tls};
};

}  // namespace
}  // namespace relaywatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch;
  static Site site;
  std::string_view script = fuzz::AsText(data, size);
  const probe::Request request =
      RequestTo(site.acceptor.local_endpoint().port(), fuzz::TakeByte(script));
  int reports = 0;
  asio::co_spawn(site.io, Serve(site.acceptor, script),
                 [](const std::exception_ptr& failure) { Expect(!failure, "nothing throws"); });
  asio::co_spawn(site.io, site.prober.Run(request),
                 [&reports](const std::exception_ptr& failure, std::vector<probe::Report> done) {
                   Expect(!failure, "nothing throws");
                   for (const probe::Report& report : done) ExpectSound(report);
                   reports = static_cast<int>(done.size());
                 });
  site.io.restart();
  site.io.run();
  Expect(reports == 1, "there is one report");
  return 0;
}
