// relaywatch-bench-ingest: agents over mutual TLS into the store, all of the collector in between,
// with synchronous=FULL and an Ack after every commit. The agents are another process, so the CPU
// time is the collector's alone. Each round measures the collector and, after it, the reference;
// the table tells the medians.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "collector/collector.h"
#include "collector/store/sqlite_store.h"
#include "common/log.h"
#include "tests/bench/dialogue/result.h"
#include "tests/bench/ingest/load.h"
#include "tests/bench/ingest/raw_append.h"
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

namespace relaywatch::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kResultsOfRound = 800'000;
constexpr int kRawRows = 400'000;

constexpr double kMarkRate = 200'000;
constexpr double kMarkCpuUs = 4;
constexpr double kMarkRatio = 0.5;

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  fmt::print(stderr, "ingest benchmark: {}\n", std::string(result.status().message()));
  std::exit(1);
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

collector::Config ConfigIn(const support::ScratchDirectory& scratch) {
  collector::Config config;
  config.agents = {"127.0.0.1", 0};
  config.http = {"127.0.0.1", 0};
  config.admin = scratch / "admin.sock";
  config.deployment = "bench";
  config.data_directory = scratch / "data";
  return config;
}

std::unique_ptr<collector::Collector> StartCollector(const support::ScratchDirectory& scratch,
                                                     const support::CertificateAuthority& ca) {
  const support::Credential credential = ca.Issue({.names = {"localhost"}});
  const Identity identity{.key_pem = credential.key_pem,
                          .chain_pem = credential.certificate_pem,
                          .ca_pem = ca.certificate_pem(),
                          .uri = "",
                          .not_after = 0};
  const collector::Config config = ConfigIn(scratch);
  auto store = Must(collector::SqliteStore::Open(config.data_directory));
  return Must(collector::Collector::Start(
      config, {.identity = identity}, std::move(store),
      [config]() -> absl::StatusOr<collector::Config> { return config; }));
}

struct Round {
  double rate = 0;    // results per second
  double cpu_us = 0;  // of the collector, per result
  double raw = 0;     // rows per second
};

Round Measure(LoadProcess& load, RawAppend& raw) {
  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  load.Run(kResultsOfRound);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  Round round;
  round.cpu_us = (CpuSeconds() - cpu) * 1e6 / kResultsOfRound;
  round.rate = kResultsOfRound / took.count();
  round.raw = raw.Run(kRawRows);
  return round;
}

double MedianOf(const std::vector<Round>& rounds, double (*value)(const Round&)) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  return Median(std::move(values));
}

std::vector<Result> Summarise(const std::vector<Round>& rounds) {
  const double rate = MedianOf(rounds, [](const Round& r) { return r.rate; });
  const double cpu = MedianOf(rounds, [](const Round& r) { return r.cpu_us; });
  const double raw = MedianOf(rounds, [](const Round& r) { return r.raw; });
  const double ratio = MedianOf(rounds, [](const Round& r) { return r.rate / r.raw; });
  return {{.name = "ingest, rate",
           .value = rate,
           .unit = "results/s",
           .reference = {},
           .ratio = {},
           .mark = ">= 200000",
           .met = rate >= kMarkRate},
          {.name = "ingest, CPU a result",
           .value = cpu,
           .unit = "us",
           .reference = {},
           .ratio = {},
           .mark = "<= 4",
           .met = cpu <= kMarkCpuUs},
          {.name = "ingest, against raw SQLite append",
           .value = rate,
           .unit = "results/s",
           .reference = raw,
           .ratio = ratio,
           .mark = "ratio >= 0.5",
           .met = ratio >= kMarkRatio}};
}

int Main(bool json) {
  LoadProcess load;  // before any thread of ours
  StartLogging("error");
  const support::ScratchDirectory scratch;
  const support::CertificateAuthority ca("bench");
  const std::string ca_file = scratch.Write("ca.pem", ca.certificate_pem());
  for (int i = 0; i < kStreams; ++i) {
    const auto agent = ca.Issue(support::AgentCertificate("bench", fmt::format("agent-{}", i)));
    scratch.Write(fmt::format("{}.pem", i), agent.IdentityPem());
  }
  const auto collector = StartCollector(scratch, ca);
  RawAppend raw(scratch.path());
  load.Connect(collector->agents_port(), ca_file, scratch.path());
  Measure(load, raw);  // warms up
  std::vector<Round> rounds;
  for (int i = 0; i < kRounds; ++i) rounds.push_back(Measure(load, raw));
  return Print(Summarise(rounds), json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  return relaywatch::bench::Main(relaywatch::bench::WantsJson(argc, argv));
}
