// Plays every file of tests/transcripts through the real dialogue and judges what it saw.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <filesystem>
#include <set>

#include "agent/probe/probe.h"
#include "agent/probe/resolver.h"
#include "agent/probe/tls_context.h"
#include "common/facts/normalise.h"
#include "common/taxonomy.h"
#include "tests/support/network.h"
#include "tests/support/scratch.h"
#include "tests/support/transcript.h"
#include "tests/support/transcript_server.h"
#include "tests/unit/judge/facts_builder.h"

namespace relaywatch::judge {
namespace {

using support::Transcript;
using support::TranscriptNetwork;

class OneAnswer final : public probe::Resolver {
 public:
  explicit OneAnswer(v1::Failure failure) : failure_(failure) {}

  asio::awaitable<probe::Resolution> Resolve(std::string, probe::AddressFamily,
                                             std::chrono::steady_clock::time_point) override {
    co_return probe::Resolution{.addresses = {}, .fault = {failure_, "by the test"}};
  }

 private:
  v1::Failure failure_;
};

// A port whose queue of connections is full: the kernel drops every further SYN.
class FullBacklog {
 public:
  FullBacklog() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    bind(listener_, reinterpret_cast<sockaddr*>(&address_), size);
    listen(listener_, 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address_), &size);
    for (int& filler : fillers_) {
      filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      connect(filler, reinterpret_cast<sockaddr*>(&address_), size);
    }
  }
  ~FullBacklog() {
    for (const int filler : fillers_) close(filler);
    close(listener_);
  }
  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  int listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address_{};
  std::array<int, 3> fillers_{};
};

const support::CertificateAuthority& Authority() {
  static const support::CertificateAuthority authority("Test CA");
  return authority;
}

probe::Request RequestFor(const Transcript& transcript, std::uint16_t port) {
  using std::chrono::milliseconds;
  constexpr milliseconds kPatience{300};  // where the file says SILENCE
  probe::Request request;
  const bool asks_dns = transcript.network == TranscriptNetwork::kNoAddress ||
                        transcript.network == TranscriptNetwork::kDnsSilent;
  request.host = asks_dns ? "mail.example.com" : "127.0.0.1";
  request.port = port;
  request.protocol = transcript.protocol;
  request.security = transcript.security;
  request.server_name = "mail.example.com";
  request.ehlo_name = "client.example.com";
  request.relay_test.from = "probe@example.com";
  if (transcript.tests_own) request.relay_test.own = "probe@example.com";
  if (transcript.tests_foreign) request.relay_test.foreign = "probe@example.net";
  request.relay_expectation = transcript.expectation;
  if (transcript.logs_in) {
    request.credentials = std::make_shared<probe::Credentials>(probe::Credentials{
        "probe@example.com", Secret(std::string_view("secret")), transcript.mechanism});
  }
  const bool is_silent = std::any_of(
      transcript.steps.begin(), transcript.steps.end(),
      [](const auto& step) { return step.kind == support::TranscriptStep::Kind::kSilence; });
  if (is_silent) request.limits.banner = request.limits.reply = request.limits.tls = kPatience;
  if (transcript.network == TranscriptNetwork::kFullBacklog) request.limits.connect = kPatience;
  return request;
}

v1::Facts Probe(const probe::Request& request, v1::Failure dns_failure) {
  const support::ScratchDirectory scratch;
  auto tls = probe::TlsContext::Create(scratch.Write("ca.pem", Authority().certificate_pem()));
  if (!tls.ok()) {
    ADD_FAILURE() << tls.status();
    return {};
  }
  asio::io_context io(1);
  OneAnswer resolver(dns_failure);
  probe::Prober prober(io, resolver, **tls);
  std::vector<probe::Report> reports;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { reports = co_await prober.Run(request); },
      [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
  io.run();
  EXPECT_EQ(reports.size(), 1U);
  return reports.empty() ? v1::Facts() : reports.front().facts;
}

v1::Facts ProbeFullBacklog(const Transcript& transcript) {
  const FullBacklog full;
  return Probe(RequestFor(transcript, full.port()), v1::FAILURE_UNSPECIFIED);
}

// No host has a TCP connection to a group of hosts.
v1::Facts ProbeUnreachable(const Transcript& transcript) {
  probe::Request request = RequestFor(transcript, transcript.port);
  request.host = "224.0.0.1";
  return Probe(request, v1::FAILURE_UNSPECIFIED);
}

v1::Facts Replay(const Transcript& transcript) {
  switch (transcript.network) {
    case TranscriptNetwork::kRefused:
      return Probe(RequestFor(transcript, support::FreePort()), v1::FAILURE_UNSPECIFIED);
    case TranscriptNetwork::kUnreachable:
      return ProbeUnreachable(transcript);
    case TranscriptNetwork::kFullBacklog:
      return ProbeFullBacklog(transcript);
    case TranscriptNetwork::kNoAddress:
      return Probe(RequestFor(transcript, 25), v1::FAILURE_NO_ADDRESS);
    case TranscriptNetwork::kDnsSilent:
      return Probe(RequestFor(transcript, 25), v1::FAILURE_DNS_NO_ANSWER);
    case TranscriptNetwork::kServer:
      break;
  }
  support::TranscriptServer server(transcript, Authority());
  const v1::Facts facts = Probe(RequestFor(transcript, server.port()), v1::FAILURE_UNSPECIFIED);
  EXPECT_EQ(server.Finish(), "");
  return facts;
}

std::vector<std::string> Files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(RELAYWATCH_TRANSCRIPTS)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Transcripts : public testing::TestWithParam<std::string> {};

TEST_P(Transcripts, AreJudgedAsTheyExpect) {
  const auto transcript = support::LoadTranscript(GetParam());
  ASSERT_TRUE(transcript.ok()) << transcript.status();
  v1::Facts facts = Replay(*transcript);
  facts.set_port(transcript->port);
  v1::Facts normalised = facts;
  facts::Normalise(normalised);
  for (const ClientProfile& profile : BuiltInProfiles()) {
    auto expected = transcript->expected.find(profile.name);
    if (expected == transcript->expected.end()) expected = transcript->expected.find("*");
    ASSERT_NE(expected, transcript->expected.end()) << "nothing is expected of " << profile.name;
    const Judgement judgement = Judge(facts, profile);
    EXPECT_EQ(Told(judgement), expected->second) << profile.name << "\n" << facts.DebugString();
    EXPECT_EQ(Judge(normalised, profile), judgement) << profile.name;
  }
}

TEST(TranscriptCollection, HasEveryVerdict) {
  std::string expectations;
  for (const std::string& file : Files()) {
    const auto transcript = support::LoadTranscript(file);
    ASSERT_TRUE(transcript.ok()) << transcript.status();
    for (const auto& [profile, told] : transcript->expected) expectations += told + "@";
  }
  const auto* verdicts = v1::Verdict_descriptor();
  for (int i = 1; i < verdicts->value_count(); ++i) {
    const std::string label(Label(static_cast<v1::Verdict>(verdicts->value(i)->number())));
    EXPECT_NE(expectations.find(label + "@"), std::string::npos) << label;
  }
}

std::string NameOf(const testing::TestParamInfo<std::string>& info) {
  // Families share situations: the folder is part of the name.
  std::string name =
      std::filesystem::relative(info.param, RELAYWATCH_TRANSCRIPTS).replace_extension();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Replayed, Transcripts, testing::ValuesIn(Files()), NameOf);

TEST(TranscriptFormat, TellsFileAndLine) {
  const auto status = [](const std::string& text) {
    return std::string(support::ParseTranscript(text, "x.txt").status().message());
  };
  EXPECT_EQ(status("server: a\nexpect: * = ok\n\nnonsense\n"), "x.txt:4: cannot be read: nonsense");
  EXPECT_EQ(status("server: a\ncolour: red\n"), "x.txt:2: cannot be read: colour: red");
  EXPECT_EQ(status("server: a\nport: 25x\n"), "x.txt:2: cannot be read: port: 25x");
  EXPECT_EQ(status("server: a\nexpect: * = ok\nexpect: * = ok\n"),
            "x.txt:3: cannot be read: expect: * = ok");
  EXPECT_EQ(status("server: a\nexpect: * = ok\n\nR: \\xZZ\n"), "x.txt:4: cannot be read: R: \\xZZ");
  EXPECT_EQ(status("server: a\n"), "x.txt:1: no judgement is expected");
}

}  // namespace
}  // namespace relaywatch::judge
