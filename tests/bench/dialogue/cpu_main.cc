// CPU time of one full STARTTLS dialogue with a verified RSA-2048 handshake, its facts encoded and
// judged for the seven built-in profiles, eight in flight on one thread, against the minimal
// blocking client in the same run. Rounds alternate, so that both see the same noise; only the
// client thread's time counts.
#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <cstdlib>

#include "agent/probe/probe.h"
#include "agent/probe/resolver.h"
#include "agent/probe/tls_context.h"
#include "common/judge/judge.h"
#include "tests/bench/dialogue/blocking_client.h"
#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/dialogue/result.h"
#include "tests/bench/dialogue/server_process.h"
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

namespace relaywatch::bench {
namespace {

constexpr int kRounds = 9;
constexpr int kDialogues = 400;  // a round and client
constexpr int kInFlight = 8;
constexpr const char* kServerName = "mail.example.com";

// Never asked: the target is an address literal.
class NoResolver final : public probe::Resolver {
 public:
  asio::awaitable<probe::Resolution> Resolve(std::string, probe::AddressFamily,
                                             std::chrono::steady_clock::time_point) override {
    co_return probe::Resolution{};
  }
};

void Require(bool holds, const std::string& what) {
  if (holds) return;
  fmt::print(stderr, "{}\n", what);
  std::exit(2);
}

// What the agent and the collector do with a report, encoding included.
std::size_t Digest(const probe::Report& report) {
  Require(report.facts.stage() == v1::STAGE_QUIT, "dialogue: " + report.facts.detail());
  Require(report.facts.tls().verify_error() == v1::VERIFY_ERROR_UNSPECIFIED, "not verified");
  std::size_t sum = report.facts.SerializeAsString().size();
  for (const judge::Judgement& judgement : judge::Judge(report.facts, judge::BuiltInProfiles())) {
    sum += static_cast<std::size_t>(judgement.verdict);
  }
  return sum;
}

asio::awaitable<void> Worker(probe::Prober& prober, probe::Request request, int dialogues,
                             std::size_t& sum) {
  for (int i = 0; i < dialogues; ++i) {
    const std::vector<probe::Report> reports = co_await prober.Run(request);
    sum += Digest(reports.front());
  }
}

double OursMs(std::uint16_t port, probe::TlsContext& tls) {
  asio::io_context io(1);
  NoResolver resolver;
  probe::Prober prober(io, resolver, tls);
  probe::Request request;
  request.host = "127.0.0.1";
  request.port = port;
  request.security = v1::SECURITY_STARTTLS;
  request.server_name = kServerName;
  request.ehlo_name = "client.example.com";
  std::size_t sum = 0;
  const double before = ThreadCpuSeconds();
  for (int i = 0; i < kInFlight; ++i) {
    asio::co_spawn(io, Worker(prober, request, kDialogues / kInFlight, sum),
                   [](const std::exception_ptr& failure) { Require(!failure, "exception"); });
  }
  io.run();
  Require(sum > 0, "nothing was judged");
  return 1e3 * (ThreadCpuSeconds() - before) / kDialogues;
}

double FloorMs(BlockingClient& client) {
  const double before = ThreadCpuSeconds();
  for (int i = 0; i < kDialogues; ++i) Require(client.Dialogue(), "the reference client failed");
  return 1e3 * (ThreadCpuSeconds() - before) / kDialogues;
}

Result Measure() {
  const support::ScratchDirectory scratch;
  const support::CertificateAuthority authority("Bench CA", support::KeyKind::kRsa2048);
  const std::string ca_file = scratch.Write("ca.pem", authority.certificate_pem());
  const support::Credential credential =
      authority.Issue({.names = {kServerName}, .key = support::KeyKind::kRsa2048});
  const ServerProcess server(
      {.name = kServerName,
       .identity_pem = credential.IdentityPem(),
       .rules = {{.auth_plain = {"LOGIN"}, .auth_tls = {"LOGIN", "PLAIN"}}}});
  auto tls = probe::TlsContext::Create(ca_file);
  Require(tls.ok(), tls.status().ToString());
  BlockingClient floor_client(server.port(), ca_file, kServerName);
  FloorMs(floor_client);  // both warm up once
  OursMs(server.port(), **tls);
  std::vector<double> ours, floors, ratios;
  for (int round = 0; round < kRounds; ++round) {
    floors.push_back(FloorMs(floor_client));
    ours.push_back(OursMs(server.port(), **tls));
    ratios.push_back(ours.back() / floors.back());
  }
  const double ratio = Median(ratios);
  return {.name = "STARTTLS dialogue, CPU",
          .value = Median(ours),
          .unit = "ms",
          .reference = Median(floors),
          .ratio = ratio,
          .mark = "ratio <= 1.0",
          .met = ratio <= 1.0};
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  const bool json = relaywatch::bench::WantsJson(argc, argv);
  return relaywatch::bench::Print({relaywatch::bench::Measure()}, json);
}
