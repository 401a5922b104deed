#include "cli/domain.h"

#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "agent/probe/discovery.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

probe::Discovery Search(const std::string& domain, std::chrono::milliseconds limit,
                        asio::io_context& io, probe::ServiceRecords& records) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  probe::Discovery found;
  asio::co_spawn(
      io, probe::Discover(records, domain, deadline),
      [&found](const std::exception_ptr&, probe::Discovery done) { found = std::move(done); });
  io.restart();
  io.run();
  io.restart();
  return found;
}

ProbeJob JobOf(const probe::Service& service, const probe::Request& common) {
  ProbeJob job{.target = {service.host, service.port}, .request = common};
  job.request.host = service.host;
  job.request.port = service.port;
  job.request.protocol = service.protocol;
  job.request.security = service.security;
  return job;
}

}  // namespace

absl::StatusOr<std::vector<ProbeJob>> JobsOfDomain(const std::string& domain,
                                                   const probe::Request& common,
                                                   asio::io_context& io,
                                                   probe::ServiceRecords& records) {
  const probe::Discovery found = Search(domain, common.limits.resolve, io, records);
  for (const std::string& name : found.unanswered) {
    fmt::print(stderr, "relaywatch probe: --domain: {}\n", name);
  }
  if (found.services.empty()) {
    return absl::NotFoundError(
        fmt::format("--domain: {} publishes no mail service that could be found", domain));
  }
  std::vector<ProbeJob> jobs;
  for (const probe::Service& service : found.services) {
    jobs.push_back(JobOf(service, common));
    fmt::print(stderr, "{}: {} {} by {}\n", domain, Label(service.protocol),
               FormatHostPort(jobs.back().target), service.record);
  }
  return jobs;
}

}  // namespace relaywatch::cli
