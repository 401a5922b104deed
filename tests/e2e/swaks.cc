#include "tests/e2e/swaks.h"

#include <gtest/gtest.h>

#include <array>
#include <regex>
#include <sstream>
#include <string_view>

#include "tests/support/process.h"

namespace relaywatch::e2e {
namespace {

constexpr std::size_t kCodeLength = 4;  // with the blank or the hyphen behind it

// How swaks marks lines, in the clear and in TLS: "->" is ours, "<-" the server's, '*' an error.
constexpr std::size_t kMarkLength = 4;
constexpr std::array<std::string_view, 3> kClientMarks = {" -> ", " ~> ", "*~> "};
constexpr std::array<std::string_view, 4> kServerMarks = {"<-  ", "<~  ", "<** ", "<~* "};

bool IsOneOf(std::string_view mark, const auto& marks) {
  return std::find(marks.begin(), marks.end(), mark) != marks.end();
}

// Exim tells the time in its greeting.
std::string WithoutDate(const std::string& line) {
  static const std::regex date(R"([A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4})");
  return std::regex_replace(line, date, "DATE");
}

// "AUTH MECHANISM" without an initial response; RFC 4954.
std::string WithoutCredential(const std::string& line) {
  static const std::regex initial_response(R"(^(AUTH \S+) .*)");
  return std::regex_replace(line, initial_response, "$1 CREDENTIAL");
}

// Collects lines into exchanges; what comes after the last RCPT or a login says nothing of the
// server's rules.
class Collector {
 public:
  void Client(const std::string& line) {
    done_ = done_ || line == "QUIT" || line == "RSET";
    if (done_) return;
    exchanges_.push_back({.command = IsAsked() ? "CREDENTIAL" : WithoutCredential(line)});
  }
  void Server(const std::string& line) {
    if (done_) return;
    const bool is_challenge = exchanges_.back().command == "AUTH CRAM-MD5" && IsGoOn(line);
    exchanges_.back().reply.push_back(is_challenge ? "334 CHALLENGE" : WithoutDate(line));
  }
  Exchanges Take() { return std::move(exchanges_); }

 private:
  static bool IsGoOn(const std::string& line) { return line.starts_with("334"); }
  bool IsAsked() const {
    const auto& reply = exchanges_.back().reply;
    return !reply.empty() && IsGoOn(reply.back());
  }

  Exchanges exchanges_ = {{}};  // the greeting
  bool done_ = false;
};

std::vector<std::string> CommandLine(const Visit& visit) {
  std::vector<std::string> argv = {"swaks",
                                   "--server",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(visit.port),
                                   "--local-interface",
                                   visit.source,
                                   "--helo",
                                   kEhloName,
                                   "--from",
                                   "a@example.com",
                                   "--to",
                                   "a@example.com,b@example.net",
                                   "--quit-after",
                                   visit.login ? "AUTH" : "RCPT"};
  if (visit.login) {
    argv.insert(argv.end(), {"--auth", visit.login->mechanism, "--auth-user", visit.login->user,
                             "--auth-password", visit.login->password});
  }
  if (visit.security == "starttls") argv.emplace_back("--tls");
  if (visit.security == "tls") argv.emplace_back("--tls-on-connect");
  return argv;
}

}  // namespace

std::vector<std::string> Exchange::Texts() const {
  std::vector<std::string> texts;
  for (const std::string& line : reply) texts.push_back(line.substr(kCodeLength));
  return texts;
}

void PrintTo(const Exchange& exchange, std::ostream* out) {
  *out << '\n' << exchange.command << " -> " << ::testing::PrintToString(exchange.reply);
}

Exchanges HeardBySwaks(const Visit& visit) {
  Collector collector;
  std::istringstream lines(support::RunToEnd({.argv = CommandLine(visit)}).out);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < kMarkLength) continue;
    const std::string mark = line.substr(0, kMarkLength);
    if (IsOneOf(mark, kClientMarks)) collector.Client(line.substr(kMarkLength));
    if (IsOneOf(mark, kServerMarks)) collector.Server(line.substr(kMarkLength));
  }
  return collector.Take();
}

Exchanges HeardByProbe(const nlohmann::json& document) {
  Collector collector;
  for (const nlohmann::json& line : document.at("transcript")) {
    if (line.at("from") == "client") collector.Client(line.at("line"));
    if (line.at("from") == "server") collector.Server(line.at("line"));
  }
  return collector.Take();
}

}  // namespace relaywatch::e2e
