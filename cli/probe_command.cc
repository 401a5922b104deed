#include "cli/probe_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <cstdio>
#include <iterator>
#include <map>
#include <utility>

#include "agent/probe/cares_resolver.h"
#include "agent/probe/tls_context.h"
#include "cli/domain.h"
#include "cli/printer.h"
#include "common/secret/secret.h"

namespace relaywatch::cli {
namespace {

int UsageError(const absl::Status& status) {
  fmt::print(stderr, "relaywatch probe: {}\n", std::string(status.message()));
  return kExitUsage;
}

// Works through the jobs of a run, `concurrency` at a time, and prints in the order of the jobs
// whatever order they end in: what ends early waits for its turn. Confined to one thread.
class Runner {
 public:
  Runner(const ProbeRun& run, asio::io_context& io, probe::Prober& prober)
      : run_(run),
        io_(io),
        prober_(prober),
        total_(run.jobs.size() * run.repeat),
        printer_(run.output, run.repeat > 1, stdout) {}

  int Run() {
    for (std::size_t i = 0; i < std::min(run_.concurrency(), total_); ++i) {
      asio::co_spawn(io_, Work(), asio::detached);
    }
    io_.run();
    printer_.Finish();
    return all_ok_ ? kExitOk : kExitNotOk;
  }

 private:
  asio::awaitable<void> Work() {
    while (next_ < total_) {
      const std::size_t index = next_++;
      const ProbeJob& job = run_.jobs[index % run_.jobs.size()];
      finished_[index] = co_await prober_.Run(job.request);
      PrintInOrder();
    }
  }

  void PrintInOrder() {
    for (auto it = finished_.find(printed_); it != finished_.end(); it = finished_.find(printed_)) {
      const ProbeJob& job = run_.jobs[printed_ % run_.jobs.size()];
      for (probe::Report& report : it->second) {
        const JudgedReport judged = JudgeReport(job.target, std::move(report), run_.profiles);
        all_ok_ = all_ok_ && AllOk(judged);
        printer_.Print(judged);
      }
      finished_.erase(it);
      ++printed_;
    }
  }

  const ProbeRun& run_;
  asio::io_context& io_;
  probe::Prober& prober_;
  const std::size_t total_;
  std::size_t next_ = 0;
  std::size_t printed_ = 0;
  std::map<std::size_t, std::vector<probe::Report>> finished_;  // by index, waiting for their turn
  bool all_ok_ = true;
  Printer printer_;
};

}  // namespace

int RunProbe(const ProbeOptions& options) {
  if (!options.login.password_file.empty()) KeepMemoryPrivate();
  auto run = PlanProbeRun(options);
  if (!run.ok()) return UsageError(run.status());
  const auto tls = probe::TlsContext::Create(run->ca_file);
  if (!tls.ok()) return UsageError(tls.status());
  asio::io_context io(1);
  probe::CaresResolver resolver(io);
  for (const std::string& domain : run->domains) {
    auto jobs = JobsOfDomain(domain, run->common, io, resolver);
    if (!jobs.ok()) return UsageError(jobs.status());
    std::move(jobs->begin(), jobs->end(), std::back_inserter(run->jobs));
  }
  probe::Prober prober(io, resolver, **tls);
  return Runner(*run, io, prober).Run();
}

}  // namespace relaywatch::cli
