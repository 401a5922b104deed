// The prober with what it needs of this host: resolver, trusted CAs, the address to bind, the name
// to greet with. A reloaded configuration makes a new one; probes under way keep theirs.
// Confined to the io_context's thread.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/config/config.h"
#include "agent/probe/cares_resolver.h"
#include "agent/probe/probe.h"
#include "agent/probe/tls_context.h"
#include "agent/schedule/service.h"

namespace relaywatch::agent {

class ProbeEngine {
 public:
  // InvalidArgument for a mail_ca that cannot be used.
  static absl::StatusOr<std::shared_ptr<ProbeEngine>> Create(asio::io_context& io,
                                                             const Config& config);

  // What to ask the prober for; the location's relay expectation is known only afterwards.
  probe::Request RequestFor(const Service& service) const;
  asio::awaitable<std::vector<probe::Report>> Run(probe::Request request) {
    return prober_.Run(std::move(request));
  }

 private:
  ProbeEngine(asio::io_context& io, const Config& config, std::unique_ptr<probe::TlsContext> tls);

  std::string source_;
  std::string ehlo_name_;
  probe::CaresResolver resolver_;
  std::unique_ptr<probe::TlsContext> tls_;
  probe::Prober prober_;
};

}  // namespace relaywatch::agent
