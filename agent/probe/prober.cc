#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "agent/probe/candidates.h"
#include "agent/probe/connection.h"
#include "agent/probe/dialogue.h"
#include "agent/probe/pop_before_smtp.h"
#include "agent/probe/pop_window.h"
#include "agent/probe/probe.h"
#include "agent/probe/recorder.h"
#include "agent/probe/resolver.h"
#include "common/clock.h"

namespace relaywatch::probe {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

// What is the same for every address of one request.
struct Target {
  const Request& request;
  std::optional<asio::ip::address> source;
  microseconds resolve_time{0};
};

void ApplyDefaults(Request& request) {
  if (request.protocol == v1::PROTOCOL_UNSPECIFIED)
    request.protocol = DefaultProtocol(request.port);
  if (request.security == v1::SECURITY_UNSPECIFIED)
    request.security = DefaultSecurity(request.port);
}

Report NewReport(const Request& request) {
  const Instant now = SystemClock().Now();
  Report report;
  report.wall_ms = now.wall_ms;
  report.boot_ms = now.boot_ms;
  report.facts.set_protocol(request.protocol);
  report.facts.set_security(request.security);
  report.facts.set_port(request.port);
  report.facts.set_relay_expectation(request.relay_expectation);
  return report;
}

// A probe that ended before there was an address to connect to.
Report UnresolvedReport(const Request& request, const Fault& fault, SteadyTime start) {
  Report report = NewReport(request);
  Recorder recorder(report, start, request.keep_transcript);
  recorder.Enter(v1::STAGE_RESOLVE);
  recorder.Fail(fault);
  recorder.Finish();
  report.timings[StageIndex(v1::STAGE_RESOLVE)] = report.total;
  return report;
}

// Takes out of `addresses` what the filter refuses.
std::vector<ForbiddenAddress> TakeForbidden(const Request& request,
                                            std::vector<asio::ip::address>& addresses) {
  std::vector<ForbiddenAddress> forbidden;
  if (!request.address_filter) return forbidden;
  std::erase_if(addresses, [&](const asio::ip::address& address) {
    std::string reason = request.address_filter->Refuse(address);
    if (reason.empty()) return false;
    forbidden.push_back({request.host, std::move(reason)});
    return true;
  });
  return forbidden;
}

asio::awaitable<Resolution> ResolveTarget(const Request& request, AddressFamily family,
                                          Resolver& resolver, SteadyTime start) {
  Resolution resolution;
  if (const auto literal = ParseLiteral(request.host)) {
    resolution.addresses.push_back(*literal);
  } else {
    const SteadyTime deadline = start + std::min(request.limits.resolve, request.limits.dialogue);
    resolution = co_await resolver.Resolve(request.host, family, deadline);
  }
  std::erase_if(resolution.addresses,
                [family](const auto& address) { return !IsOfFamily(address, family); });
  if (resolution.addresses.empty() && !resolution.fault) {
    resolution.fault = {v1::FAILURE_NO_ADDRESS, "no address of the family asked for"};
  }
  co_return resolution;
}

// The whole dialogue with the first of `addresses` that can be connected to.
asio::awaitable<Report> ProbeAddresses(asio::io_context& io, const TlsContext& tls,
                                       const Target& target,
                                       std::span<const asio::ip::address> addresses) {
  const Request& request = target.request;
  Report report = NewReport(request);
  const SteadyTime start = std::chrono::steady_clock::now() - target.resolve_time;
  Recorder recorder(report, start, request.keep_transcript);
  report.timings[StageIndex(v1::STAGE_RESOLVE)] = target.resolve_time;
  recorder.Enter(v1::STAGE_CONNECT);
  std::unique_ptr<Connection> connection;
  Fault first_fault;
  for (const asio::ip::address& address : addresses) {
    connection = std::make_unique<Connection>(io, start + request.limits.dialogue,
                                              request.limits.max_dialogue_bytes);
    Fault fault = co_await connection->Connect({address, request.port}, target.source,
                                               request.limits.connect);
    if (report.address.empty() || !fault) report.address = address.to_string();
    if (!fault) break;
    recorder.Remark(address.to_string() + ": " + fault.detail);
    connection.reset();
    if (!first_fault) first_fault = std::move(fault);
  }
  if (connection) {
    if (first_fault) recorder.AddNote(v1::NOTE_ADDRESS_FALLBACK);
    report.local_address = connection->LocalAddress();
    const std::unique_ptr<Dialogue> dialogue = NewDialogue(request, tls, *connection, recorder);
    co_await dialogue->Run();
    connection->Close();
  } else {
    recorder.Fail(first_fault);
  }
  recorder.Finish();
  co_return report;
}

}  // namespace

v1::Security DefaultSecurity(std::uint16_t port) {
  return port == 465 || port == 993 || port == 995 ? v1::SECURITY_TLS : v1::SECURITY_AUTO;
}

v1::Protocol DefaultProtocol(std::uint16_t port) {
  if (port == 110 || port == 995) return v1::PROTOCOL_POP3;
  if (port == 143 || port == 993) return v1::PROTOCOL_IMAP;
  return v1::PROTOCOL_SMTP;
}

Prober::Prober(asio::io_context& io, Resolver& resolver, TlsContext& tls)
    : io_(io), resolver_(resolver), tls_(tls) {}

asio::awaitable<std::vector<Report>> Prober::Run(Request request) {
  const SteadyTime start = std::chrono::steady_clock::now();
  ApplyDefaults(request);
  std::vector<Report> reports;
  SourceChoice source = ChooseSource(request.source, request.family);
  if (source.fault) {
    reports.push_back(UnresolvedReport(request, source.fault, start));
    co_return reports;
  }
  Resolution resolution = co_await ResolveTarget(request, source.family, resolver_, start);
  if (resolution.fault) {
    reports.push_back(UnresolvedReport(request, resolution.fault, start));
    co_return reports;
  }
  const std::vector<ForbiddenAddress> forbidden = TakeForbidden(request, resolution.addresses);
  if (resolution.addresses.empty()) {
    const Fault fault{v1::FAILURE_LOCAL, forbidden.front().reason};
    reports.push_back(UnresolvedReport(request, fault, start));
    reports.back().untried = true;
    reports.back().forbidden = forbidden;
    co_return reports;
  }
  const Target target{
      .request = request,
      .source = source.address,
      .resolve_time = std::max(
          duration_cast<microseconds>(std::chrono::steady_clock::now() - start), microseconds(1))};
  const std::vector<asio::ip::address> addresses =
      ChooseAddresses(resolution.addresses, request.addresses);
  const std::span<const asio::ip::address> all(addresses);
  const std::size_t group = request.addresses == Addresses::kAll ? 1 : all.size();
  for (std::size_t i = 0; i < all.size(); i += group) {
    reports.push_back(co_await ProbeAddresses(io_, tls_, target, all.subspan(i, group)));
    if (TestsAfterPopLogin(request, reports.back()) && EnterPopLogin(request, reports.back())) {
      co_await RunAfterPopLogin(request, reports.back());
    }
  }
  auto& told = reports.front().forbidden;
  told.insert(told.end(), forbidden.begin(), forbidden.end());
  co_return reports;
}

asio::awaitable<void> Prober::RunAfterPopLogin(const Request& request, Report& report) {
  const SteadyTime login_began = std::chrono::steady_clock::now();
  const Request login = PopLoginRequest(request, report);
  std::vector<Report> logins = co_await Run(login);
  const SteadyTime login_ended = std::chrono::steady_clock::now();
  AddPopLogin(std::move(logins.front()), report);
  if (request.login_gate) {
    request.login_gate->Leave(*request.credentials, report.facts.pop_login());
  }
  if (report.facts.pop_login().state() != v1::LOGIN_STATE_ACCEPTED) co_return;
  const Request again = AfterPopLoginRequest(request, report);
  std::vector<Report> after = co_await Run(again);
  AddAfterPopLogin(std::move(after.front()), report);
  const PopWindowWatch& watch = request.pop_window;
  if (watch.duration.count() == 0 || !PopWindowTracker::IsOpen(report.facts)) co_return;
  co_await WatchPopWindow(request, PopWindowTracker(report.facts, watch, login_began, login_ended),
                          report);
}

asio::awaitable<void> Prober::WatchPopWindow(const Request& request, PopWindowTracker tracker,
                                             Report& report) {
  const Request visit = WatchingRequest(request, report);
  asio::steady_timer timer(io_);
  while (const auto next = tracker.NextVisit(std::chrono::steady_clock::now())) {
    timer.expires_at(*next);
    co_await timer.async_wait(asio::use_awaitable);
    const SteadyTime began = std::chrono::steady_clock::now();
    const std::vector<Report> visits = co_await Run(visit);
    tracker.Add(visits.front().facts.anonymous(), began, std::chrono::steady_clock::now());
  }
  report.pop_window = tracker.window();
}

}  // namespace relaywatch::probe
