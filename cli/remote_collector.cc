#include "cli/remote_collector.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "common/identity/identity.h"
#include "common/secret/secret.h"
#include "common/syntax.h"

namespace relaywatch::cli {
namespace {

// An export may be silent for long; a collector that has gone is noticed all the same. The
// collector takes pings every 30 s at most.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;

absl::Status Check(const CollectorOptions& options) {
  if (!ParseHostPort(options.collector)) {
    return absl::InvalidArgumentError(
        fmt::format("--collector: \"{}\" is neither unix:PATH nor HOST:PORT", options.collector));
  }
  if (options.identity.empty()) {
    return absl::InvalidArgumentError(
        "--identity is missing: a collector elsewhere answers operators alone; its "
        "`relaywatch operator create` makes the file");
  }
  if (options.ca.empty()) {
    return absl::InvalidArgumentError(
        "--ca is missing: the file of the CA that vouches for the collector");
  }
  return absl::OkStatus();
}

bool Mentions(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> RemoteChannel(const CollectorOptions& options,
                                                             std::int64_t now) {
  if (auto checked = Check(options); !checked.ok()) return checked;
  KeepMemoryPrivate();
  const auto identity = LoadIdentity(options.identity, options.ca, now);
  if (!identity.ok()) return identity.status();
  gpr_set_log_function([](gpr_log_func_args*) {});  // what fails is told once, by us
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = identity->ca_pem;
  tls.pem_private_key = identity->key_pem;
  tls.pem_cert_chain = identity->chain_pem;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(options.collector, grpc::SslCredentials(tls), arguments);
}

std::string ExplainRemote(const grpc::Status& status) {
  const std::string& text = status.error_message();
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return text;
  if (Mentions(text, "is not in peer certificate")) {
    return "its certificate is for another name: " + text;
  }
  if (Mentions(text, "CERTIFICATE_VERIFY_FAILED") || Mentions(text, "certificate verify failed")) {
    return "--ca does not vouch for its certificate: " + text;
  }
  // By TLS 1.3 a client hears of its refusal after the handshake, as a connection that ends.
  if (Mentions(text, "closed") || Mentions(text, "reset") || Mentions(text, "SSL")) {
    return "it hung up: is this its listen.operators, and --identity signed by its CA? " + text;
  }
  return text;
}

}  // namespace relaywatch::cli
