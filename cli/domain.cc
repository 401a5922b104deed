#include "cli/domain.h"

#include <fmt/format.h>
#include <strings.h>

#include <asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <string_view>
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

bool IsWithin(const std::string& host, const std::string& domain) {
  const std::string_view name = host;
  if (name.size() < domain.size()) return false;
  const bool is_at_label =
      name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
  return is_at_label && strcasecmp(host.c_str() + host.size() - domain.size(), domain.c_str()) == 0;
}

// Whoever can forge a DNS answer can name a host with a good certificate of his own (RFC 6186,
// section 6), so a password goes to no host outside the domain.
ProbeJob JobOf(const probe::Service& service, const std::string& domain,
               const probe::Request& common) {
  ProbeJob job{.target = {service.host, service.port}, .request = common};
  job.request.host = service.host;
  job.request.port = service.port;
  job.request.protocol = service.protocol;
  job.request.security = service.security;
  if (job.request.credentials && !IsWithin(service.host, domain)) {
    job.request.credentials.reset();
    fmt::print(stderr, "{}: no login at {}, which is outside the domain\n", domain, service.host);
  }
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
    jobs.push_back(JobOf(service, domain, common));
    fmt::print(stderr, "{}: {} {} by {}\n", domain, Label(service.protocol),
               FormatHostPort(jobs.back().target), service.record);
  }
  return jobs;
}

}  // namespace relaywatch::cli
