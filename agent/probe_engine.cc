#include "agent/probe_engine.h"

#include <utility>

namespace relaywatch::agent {

absl::StatusOr<std::shared_ptr<ProbeEngine>> ProbeEngine::Create(asio::io_context& io,
                                                                 const Config& config) {
  auto tls = probe::TlsContext::Create(config.mail_ca);
  if (!tls.ok()) return tls.status();
  return std::shared_ptr<ProbeEngine>(new ProbeEngine(io, config, *std::move(tls)));
}

ProbeEngine::ProbeEngine(asio::io_context& io, const Config& config,
                         std::unique_ptr<probe::TlsContext> tls)
    : source_(config.source_address),
      ehlo_name_(config.ehlo_name),
      resolver_(io),
      tls_(std::move(tls)),
      prober_(io, resolver_, *tls_) {}

probe::Request ProbeEngine::RequestFor(const Service& service) const {
  probe::Request request;
  request.host = service.host;
  request.port = service.key.port;
  request.protocol = service.key.protocol;
  request.security = service.security;
  request.source = source_;
  request.ehlo_name = ehlo_name_;
  request.relay_test = service.relay_test;
  return request;
}

}  // namespace relaywatch::agent
