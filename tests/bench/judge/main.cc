// What judging costs: one set of facts for the seven built-in profiles, as the collector does it
// for every new outcome and the command for every probe. CPU time of this thread, median of runs.
#include <algorithm>
#include <string>
#include <vector>

#include "common/facts/normalise.h"
#include "common/judge/judge.h"
#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/dialogue/result.h"

namespace relaywatch::bench {
namespace {

constexpr int kRuns = 9;
constexpr int kRounds = 2'000;
constexpr double kMarkUs = 20.0;

// Microseconds of CPU for one call.
template <typename Call>
double Measure(Call call) {
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    const double start = ThreadCpuSeconds();
    for (int round = 0; round < kRounds; ++round) call();
    runs.push_back((ThreadCpuSeconds() - start) * 1e6 / kRounds);
  }
  return Median(runs);
}

void Refuse(v1::RelayCell& cell, int code, const std::string& enhanced, const std::string& text) {
  cell.set_state(v1::CELL_STATE_REFUSED);
  cell.set_at(v1::STAGE_RCPT);
  cell.mutable_reply()->set_code(static_cast<std::uint32_t>(code));
  cell.mutable_reply()->set_enhanced(enhanced);
  cell.mutable_reply()->set_text(text);
}

// A submission service as most are: STARTTLS, AUTH inside.
v1::Facts Submission() {
  v1::Facts facts;
  facts.set_protocol(v1::PROTOCOL_SMTP);
  facts.set_security(v1::SECURITY_STARTTLS);
  facts.set_port(587);
  facts.set_stage(v1::STAGE_QUIT);
  facts.mutable_greeting()->set_code(220);
  facts.mutable_greeting()->set_text("mail.example.com ESMTP Postfix");
  for (const char* line : {"mail.example.com", "PIPELINING", "SIZE 10240000", "STARTTLS", "DSN"}) {
    facts.mutable_plain()->add_lines(line);
  }
  facts.mutable_starttls()->set_offered(true);
  facts.mutable_starttls()->mutable_reply()->set_code(220);
  facts.mutable_tls()->set_version("TLSv1.3");
  for (const char* line : {"mail.example.com", "PIPELINING", "SIZE 10240000",
                           "AUTH PLAIN LOGIN XOAUTH2", "ENHANCEDSTATUSCODES", "DSN"}) {
    facts.mutable_tls_capabilities()->add_lines(line);
  }
  return facts;
}

v1::Facts RelayDenied() {
  v1::Facts facts = Submission();
  facts.mutable_anonymous()->mutable_own()->set_state(v1::CELL_STATE_ACCEPTED);
  Refuse(*facts.mutable_anonymous()->mutable_foreign(), 554, "5.7.1",
         "<probe@example.net>: Relay access denied");
  return facts;
}

// In the clear and with long texts that no row before the last ones recognises.
v1::Facts LongUnknownRefusal() {
  v1::Facts facts = Submission();
  facts.set_security(v1::SECURITY_NONE);
  std::string text =
      "The account that you tried to reach at mail2.example.net [192.0.2.7] does not";
  while (text.size() < 480)
    text += "\nexist here since Sun, 22 Nov 2026 10:00:00 +0100, 4XyZ1k2QbM";
  Refuse(*facts.mutable_anonymous()->mutable_own(), 550, "5.2.1", text);
  Refuse(*facts.mutable_anonymous()->mutable_foreign(), 550, "5.2.1", text);
  return facts;
}

Result JudgeForSeven(const std::string& name, const v1::Facts& facts) {
  const double us = Measure([&facts] {
    const auto judgements = judge::Judge(facts, judge::BuiltInProfiles());
    asm volatile("" : : "r"(judgements.data()) : "memory");  // nobody may leave the call out
  });
  return {.name = "judge for seven profiles: " + name,
          .value = us,
          .unit = "us",
          .mark = "<= 20 us",
          .met = us <= kMarkUs};
}

Result NormaliseOnce(const v1::Facts& facts) {
  const double us = Measure([&facts] {
    v1::Facts copy = facts;
    facts::Normalise(copy);
    const std::string digest = facts::Digest(copy);
    asm volatile("" : : "r"(digest.data()) : "memory");
  });
  return {.name = "normalise and digest one set of facts",
          .value = us,
          .unit = "us",
          .mark = "<= 20 us",
          .met = us <= kMarkUs};
}

int Main(bool json) {
  return Print({JudgeForSeven("nothing in the way", Submission()),
                JudgeForSeven("relay denied", RelayDenied()),
                JudgeForSeven("long unknown refusal in the clear", LongUnknownRefusal()),
                NormaliseOnce(RelayDenied())},
               json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  return relaywatch::bench::Main(relaywatch::bench::WantsJson(argc, argv));
}
