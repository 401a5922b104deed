// How fast a peer's bytes are read: whole answers of each protocol, as real servers send them, in
// pieces as large as a read from a socket. CPU time of this thread, median of runs.
#include <string>
#include <vector>

#include "agent/probe/imap_reply.h"
#include "agent/probe/pop3_reply.h"
#include "agent/probe/reply_parser.h"
#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/dialogue/result.h"

namespace relaywatch::bench {
namespace {

constexpr int kRuns = 9;
constexpr int kRounds = 20'000;
constexpr std::size_t kPiece = 4'096;  // bytes
constexpr double kMark = 200;          // MB/s

const probe::ReplyLimits kLimits;

// Megabytes a second. `new_parser` makes a fresh one for every answer.
template <typename NewParser>
Result Measure(const std::string& name, const std::string& answer, NewParser new_parser) {
  std::vector<double> runs;
  bool whole = true;
  for (int run = 0; run < kRuns; ++run) {
    const double start = ThreadCpuSeconds();
    for (int round = 0; round < kRounds; ++round) {
      auto parser = new_parser();
      for (std::string_view rest = answer; !rest.empty();) {
        rest.remove_prefix(parser.Feed(rest.substr(0, kPiece)));
        if (parser.state() != probe::ReplyParser::State::kMore) break;
      }
      whole = whole && parser.state() == probe::ReplyParser::State::kDone;
    }
    const double bytes = static_cast<double>(answer.size()) * kRounds;
    runs.push_back(bytes / 1e6 / (ThreadCpuSeconds() - start));
  }
  const double rate = Median(runs);
  return {.name = "reply parser: " + name,
          .value = rate,
          .unit = "MB/s",
          .mark = ">= 200 MB/s",
          .met = whole && rate >= kMark};
}

std::string EhloAnswer() {
  return "250-mail.example.com Hello client.example.com [192.0.2.7]\r\n250-PIPELINING\r\n"
         "250-SIZE 52428800\r\n250-VRFY\r\n250-ETRN\r\n250-STARTTLS\r\n"
         "250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
         "250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n";
}

std::string LongRefusal() {
  std::string answer;
  for (int line = 0; line < 100; ++line) {
    answer +=
        "550-5.7.1 Our system has detected that this message is likely unsolicited mail. To "
        "reduce the amount of mail sent to our users, this message has been blocked.\r\n";
  }
  return answer + "550 5.7.1 For more information, please visit the help pages.\r\n";
}

std::string CapaAnswer() {
  return "+OK Capability list follows\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\n"
         "AUTH-RESP-CODE\r\nSTLS\r\nUSER\r\nSASL PLAIN LOGIN CRAM-MD5\r\n.\r\n";
}

std::string CapabilityAnswer() {
  return "* CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS "
         "AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5\r\na1 OK Pre-login capabilities listed.\r\n";
}

int Main(bool json) {
  using probe::ImapReplyParser;
  using probe::Pop3ReplyParser;
  const auto smtp = [] { return probe::SmtpReplyParser(kLimits); };
  return Print(
      {Measure("EHLO", EhloAnswer(), smtp), Measure("long refusal", LongRefusal(), smtp),
       Measure("CAPA", CapaAnswer(),
               [] { return Pop3ReplyParser(kLimits, Pop3ReplyParser::Kind::kMultiLine); }),
       Measure("CAPABILITY", CapabilityAnswer(),
               [] { return ImapReplyParser(kLimits, ImapReplyParser::Kind::kReply, "a1"); })},
      json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  return relaywatch::bench::Main(relaywatch::bench::WantsJson(argc, argv));
}
