#include "tests/unit/probe/probe_fixture.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

namespace relaywatch::probe {

asio::awaitable<Resolution> FixedResolver::Resolve(std::string /*host*/, AddressFamily /*family*/,
                                                   std::chrono::steady_clock::time_point) {
  co_return resolution;
}

const support::CertificateAuthority& ProbeFixture::Authority() {
  static const support::CertificateAuthority authority("Test CA");
  return authority;
}

const support::Credential& ProbeFixture::GoodCredential() {
  static const support::Credential credential =
      Authority().Issue({.common_name = "mail", .names = {"mail.example.com", "127.0.0.1"}});
  return credential;
}

ProbeFixture::ProbeFixture() {
  auto tls = TlsContext::Create(scratch_.Write("ca.pem", Authority().certificate_pem()));
  EXPECT_TRUE(tls.ok()) << tls.status();
  tls_ = *std::move(tls);
}

Request ProbeFixture::RequestFor(std::uint16_t port, v1::Security security) {
  Request request;
  request.host = "127.0.0.1";
  request.port = port;
  request.security = security;
  request.server_name = "mail.example.com";
  request.ehlo_name = "client.example.com";
  request.keep_transcript = true;
  return request;
}

std::vector<Report> ProbeFixture::RunAll(const Request& request) {
  asio::io_context io(1);
  Prober prober(io, resolver_, *tls_);
  std::vector<Report> reports;
  asio::co_spawn(
      io, [&]() -> asio::awaitable<void> { reports = co_await prober.Run(request); },
      [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
  io.run();
  return reports;
}

Report ProbeFixture::Run(const Request& request) {
  std::vector<Report> reports = RunAll(request);
  EXPECT_EQ(reports.size(), 1u);
  return reports.empty() ? Report{} : std::move(reports.front());
}

Report ProbeFixture::Run(Script script, v1::Security security) {
  const ScriptedServer server(std::move(script));
  Request request = RequestFor(server.port(), security);
  request.limits.banner = request.limits.reply = request.limits.tls = kShort;
  return Run(request);
}

Report ProbeFixture::Run(Answers answers, v1::Security security) {
  heard_.clear();
  answers.heard = &heard_;
  const ScriptedServer server(Answering(std::move(answers)));
  Request request = RequestFor(server.port(), security);
  request.relay_test = {
      .from = "me@example.com", .own = "me@example.com", .foreign = "you@example.org"};
  return Run(request);
}

}  // namespace relaywatch::probe
