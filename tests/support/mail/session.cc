#include "tests/support/mail/session.h"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cctype>
#include <system_error>
#include <utility>

namespace relaywatch::support {
namespace {

using std::literals::operator""sv;

// As much a database's greeting as a TLS record: no SMTP, no handshake.
constexpr std::string_view kGarbage = "J\0\0\0\n8.0.32\0\x16\x03\x01\xff\r\n"sv;

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return upper;
}

// "RCPT TO:<a@b>" into "RCPT" and "TO:<a@b>".
std::pair<std::string, std::string> Split(std::string_view line) {
  const std::size_t blank = std::min(line.find(' '), line.size());
  return {Upper(line.substr(0, blank)), std::string(line.substr(std::min(blank + 1, line.size())))};
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += " " + word;
  return joined;
}

}  // namespace

MailSession::MailSession(MailWire wire, const Rule& rule, MailHouse& house)
    : wire_(std::move(wire)), rule_(rule), house_(house) {}

asio::awaitable<void> MailSession::Run(bool implicit_tls) {
  try {
    co_await Dialogue(implicit_tls);
  } catch (const std::system_error&) {
    // The client left, or did not want our handshake.
  }
  wire_.Close();
}

asio::awaitable<bool> MailSession::Dialogue(bool implicit_tls) {
  // Results in variables on purpose: in a coroutine with no local variable, g++ 12 makes crashing
  // code of `if (!co_await a()) co_return b;`.
  if (implicit_tls) {
    const bool secure = co_await Handshake();
    if (!secure) co_return false;
  }
  refused_ = Greeting().front() != '2';
  bool goes_on = co_await Reply(Step::kBanner, Greeting());
  while (goes_on) {
    std::string line = co_await wire_.ReadLine();
    goes_on = co_await Handle(std::move(line));
  }
  co_return false;
}

asio::awaitable<bool> MailSession::Handle(std::string line) {
  const auto [verb, argument] = Split(line);
  if (verb == "QUIT") {
    co_await Reply(Step::kQuit, "221 2.0.0 Bye");
    co_return false;
  }
  if (refused_) co_return co_await Reply(Step::kEhlo, "503 5.5.1 Error: refused, say QUIT");
  if (verb == "EHLO") co_return co_await Reply(Step::kEhlo, Capabilities());
  if (verb == "HELO") co_return co_await Reply(Step::kEhlo, "250 " + house_.name);
  if (verb == "STARTTLS") co_return co_await StartTls();
  if (verb == "AUTH") co_return co_await Auth(argument);
  if (verb == "MAIL") {
    in_transaction_ = true;
    co_return co_await Reply(Step::kMail, "250 2.1.0 Ok");
  }
  if (verb == "RCPT") co_return co_await Reply(Step::kRcpt, RecipientReply(argument));
  if (verb == "RSET" || verb == "NOOP") {
    in_transaction_ = false;
    co_return co_await Reply(Step::kRset, "250 2.0.0 Ok");
  }
  if (verb == "DATA" || verb == "BDAT") {
    co_return co_await Reply(Step::kRcpt, "554 5.7.1 This server accepts no mail");
  }
  co_return co_await Reply(Step::kRset, "502 5.5.2 Error: command not recognized");
}

asio::awaitable<bool> MailSession::StartTls() {
  if (wire_.tls() || !rule_.starttls) {
    co_return co_await Reply(Step::kStarttls, "503 5.5.1 Error: STARTTLS is not offered here");
  }
  const bool goes_on = co_await Reply(Step::kStarttls, "220 2.0.0 Ready to start TLS");
  if (!goes_on) co_return false;
  const Fault* fault = rule_.FaultAt(Step::kStarttls);
  if (fault != nullptr && fault->kind == FaultKind::kReply) co_return true;  // it was no 220
  co_return co_await Handshake();
}

asio::awaitable<bool> MailSession::Handshake() {
  const Fault* fault = rule_.FaultAt(Step::kTls);
  if (fault == nullptr || fault->kind == FaultKind::kDelay) {
    if (fault != nullptr) co_await Wait(fault->delay);
    in_transaction_ = false;
    co_await wire_.StartTls(house_.tls);
    co_return true;
  }
  // Not before the ClientHello: that would be bytes smuggled behind the 220.
  co_await wire_.AwaitBytes();
  if (fault->kind == FaultKind::kReset) wire_.Reset();
  if (fault->kind == FaultKind::kGarbage) co_await wire_.Write(std::string(kGarbage));
  if (fault->kind == FaultKind::kReply) co_await wire_.Write(fault->text + "\r\n");
  if (fault->kind == FaultKind::kTarpit) co_await wire_.Ignore();
  co_return false;
}

asio::awaitable<bool> MailSession::Auth(std::string argument) {
  const std::string mechanism = Split(argument).first;
  if (mechanisms().empty()) {
    co_return co_await Reply(Step::kAuth, "503 5.5.1 Error: authentication not enabled");
  }
  if (std::ranges::find(mechanisms(), mechanism) == mechanisms().end()) {
    co_return co_await Reply(Step::kAuth, "504 5.5.4 Error: mechanism not supported");
  }
  // LOGIN asks twice; the others once unless an initial response came along.
  int challenges = mechanism == "LOGIN" ? 2 : 1;
  if (argument.find(' ') != std::string::npos) --challenges;
  for (; challenges > 0; --challenges) {
    co_await wire_.Write("334 \r\n");
    const std::string response = co_await wire_.ReadLine();
    if (response == "*") {
      co_return co_await Reply(Step::kAuth, "501 5.7.0 Authentication aborted");
    }
  }
  co_return co_await Reply(Step::kAuth, "535 5.7.8 Error: authentication failed");
}

asio::awaitable<bool> MailSession::Reply(Step step, std::string reply) {
  reply += "\r\n";
  const Fault* fault = rule_.FaultAt(step);
  if (fault == nullptr) {
    co_await wire_.Write(reply);
    co_return true;
  }
  switch (fault->kind) {
    case FaultKind::kClose:
      co_return false;
    case FaultKind::kReset:
      wire_.Reset();
      co_return false;
    case FaultKind::kTarpit:
      co_await Tarpit(fault->delay);
      co_return false;
    case FaultKind::kByteByByte:
      co_await ByteByByte(reply, fault->delay);
      co_return true;
    case FaultKind::kDelay:
      co_await Wait(fault->delay);
      break;
    case FaultKind::kGarbage:
      reply = kGarbage;
      break;
    case FaultKind::kReply:
      reply = fault->text + "\r\n";
      break;
    case FaultKind::kSmuggle:
      reply += fault->text + "\r\n";
      break;
  }
  co_await wire_.Write(reply);
  co_return true;
}

asio::awaitable<void> MailSession::ByteByByte(std::string bytes, std::chrono::milliseconds delay) {
  for (const char byte : bytes) {
    co_await wire_.Write(std::string(1, byte));
    co_await Wait(delay);
  }
}

asio::awaitable<void> MailSession::Tarpit(std::chrono::milliseconds delay) {
  while (true) {
    co_await wire_.Write("220-please hold the line\r\n");
    co_await Wait(delay);
  }
}

asio::awaitable<void> MailSession::Wait(std::chrono::milliseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::use_awaitable);
}

std::string MailSession::Greeting() const {
  return rule_.greeting.empty() ? "220 " + house_.name + " ESMTP Relaywatch demonstration"
                                : rule_.greeting;
}

// AUTH comes last, as some servers send it: a reader that stops at the first "250 " must not miss
// it.
std::string MailSession::Capabilities() const {
  std::vector<std::string> lines = {house_.name, "PIPELINING", "SIZE 10240000"};
  if (rule_.starttls && !wire_.tls()) lines.push_back("STARTTLS");
  lines.push_back("ENHANCEDSTATUSCODES");
  lines.push_back("8BITMIME");
  if (!mechanisms().empty()) lines.push_back("AUTH" + Joined(mechanisms()));
  std::string reply;
  for (const std::string& line : lines) {
    if (!reply.empty()) reply += "\r\n";
    reply += (&line == &lines.back() ? "250 " : "250-") + line;
  }
  return reply;
}

std::string MailSession::RecipientReply(std::string_view argument) const {
  if (!in_transaction_) return "503 5.5.1 Error: need MAIL command";
  const std::size_t open = argument.find('<');
  const std::size_t close = argument.find('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return "501 5.1.3 Bad recipient address syntax";
  }
  const std::string address(argument.substr(open + 1, close - open - 1));
  const std::string domain = address.substr(std::min(address.rfind('@') + 1, address.size()));
  const bool own = std::ranges::find(house_.own_domains, domain) != house_.own_domains.end();
  if (own || rule_.relay) return "250 2.1.5 Ok";
  return "554 5.7.1 <" + address + ">: Relay access denied";
}

const std::vector<std::string>& MailSession::mechanisms() const {
  return wire_.tls() ? rule_.auth_tls : rule_.auth_plain;
}

}  // namespace relaywatch::support
