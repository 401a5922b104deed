// Memory of 2,000 dialogues in flight on one thread, before TLS, against a server that greets
// without end; and what they do to others: the time of a dialogue with a healthy server among them,
// against the same alone. Each run is a process of its own, since memory once taken is not given
// back.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdlib>
#include <fstream>

#include "agent/probe/probe.h"
#include "agent/probe/resolver.h"
#include "agent/probe/tls_context.h"
#include "tests/bench/dialogue/result.h"
#include "tests/bench/dialogue/server_process.h"
#include "tests/support/certificates.h"

namespace relaywatch::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kRuns = 5;
constexpr int kInFlight = 2'000;
constexpr int kHealthy = 200;  // dialogues timed
constexpr double kMarkKib = 12.0;
constexpr double kDelayMark = 1.5;

class NoResolver final : public probe::Resolver {
 public:
  asio::awaitable<probe::Resolution> Resolve(std::string, probe::AddressFamily,
                                             steady_clock::time_point) override {
    co_return probe::Resolution{};
  }
};

struct Run {
  double kib_each = 0;
  double alone_ms = 0;
  double among_ms = 0;
};

double ResidentKib() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

probe::Request RequestFor(std::uint16_t port) {
  probe::Request request;
  request.host = "127.0.0.1";
  request.port = port;
  request.security = v1::SECURITY_NONE;
  request.ehlo_name = "client.example.com";
  return request;
}

asio::awaitable<void> Tarpitted(probe::Prober& prober, const probe::Request& request) {
  co_await prober.Run(request);
}

asio::awaitable<double> HealthyMs(probe::Prober& prober, probe::Request request) {
  std::vector<double> times;
  for (int i = 0; i < kHealthy; ++i) {
    const auto start = steady_clock::now();
    const std::vector<probe::Report> reports = co_await prober.Run(request);
    if (reports.front().facts.stage() != v1::STAGE_QUIT) std::abort();
    times.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - start).count());
  }
  co_return Median(times);
}

asio::awaitable<void> Measure(probe::Prober& prober, std::uint16_t healthy, std::uint16_t tarpit,
                              Run& run) {
  const auto executor = co_await asio::this_coro::executor;
  const probe::Request good = RequestFor(healthy);
  const probe::Request stuck = RequestFor(tarpit);
  run.alone_ms = co_await HealthyMs(prober, good);
  const double before = ResidentKib();
  for (int i = 0; i < kInFlight; ++i) {
    asio::co_spawn(executor, Tarpitted(prober, stuck), asio::detached);
  }
  // Long enough for all of them to have been greeted.
  asio::steady_timer settle(executor, std::chrono::seconds(2));
  co_await settle.async_wait(asio::use_awaitable);
  run.kib_each = (ResidentKib() - before) / kInFlight;
  run.among_ms = co_await HealthyMs(prober, good);
}

Run MeasureInThisProcess(std::uint16_t healthy, std::uint16_t tarpit) {
  auto tls = probe::TlsContext::Create("");
  asio::io_context io(1);
  NoResolver resolver;
  probe::Prober prober(io, resolver, **tls);
  Run run;
  asio::co_spawn(io, Measure(prober, healthy, tarpit, run),
                 [&io](const std::exception_ptr& failure) {
                   if (failure) std::abort();
                   io.stop();
                 });
  io.run();
  return run;
}

Run MeasureInAChild(std::uint16_t healthy, std::uint16_t tarpit) {
  int ends[2];
  if (pipe(ends) != 0) std::exit(2);
  const pid_t pid = fork();
  if (pid == 0) {
    const Run run = MeasureInThisProcess(healthy, tarpit);
    _exit(write(ends[1], &run, sizeof(run)) == sizeof(run) ? 0 : 1);
  }
  close(ends[1]);
  Run run;
  const bool told = read(ends[0], &run, sizeof(run)) == sizeof(run);
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  if (!told) {
    fmt::print(stderr, "a run failed\n");
    std::exit(2);
  }
  return run;
}

std::vector<Result> MeasureAll() {
  RaiseFileLimit();
  const support::CertificateAuthority authority("Bench CA");
  const std::string identity = authority.Issue({.names = {"mail.example.com"}}).IdentityPem();
  const ServerProcess healthy({.identity_pem = identity});
  const ServerProcess tarpit({.identity_pem = identity,
                              .rules = {{.faults = {{.kind = support::FaultKind::kTarpit,
                                                     .delay = std::chrono::seconds(5)}}}}});
  std::vector<double> kib, among, alone, ratios;
  for (int i = 0; i < kRuns; ++i) {
    const Run run = MeasureInAChild(healthy.port(), tarpit.port());
    kib.push_back(run.kib_each);
    among.push_back(run.among_ms);
    alone.push_back(run.alone_ms);
    ratios.push_back(run.among_ms / run.alone_ms);
  }
  const double each = Median(kib);
  const double ratio = Median(ratios);
  return {{.name = "dialogue in flight before TLS, memory",
           .value = each,
           .unit = "KiB",
           .reference = std::nullopt,
           .ratio = std::nullopt,
           .mark = "value <= 12",
           .met = each <= kMarkKib},
          {.name = "plain dialogue among 2,000 tarpitted ones, time",
           .value = Median(among),
           .unit = "ms",
           .reference = Median(alone),
           .ratio = ratio,
           .mark = "ratio <= 1.5",
           .met = ratio <= kDelayMark}};
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  const bool json = relaywatch::bench::WantsJson(argc, argv);
  return relaywatch::bench::Print(relaywatch::bench::MeasureAll(), json);
}
