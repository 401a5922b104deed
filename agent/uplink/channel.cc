#include "agent/uplink/channel.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

namespace relaywatch::agent {
namespace {

constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kMaxSendBytes = 512 * 1024;      // the collector's bound
constexpr int kMaxReceiveBytes = 1024 * 1024;  // a plan of thousands of services
constexpr int kMaxMetadataBytes = 8 * 1024;

grpc::ChannelArguments Arguments(const Peer& peer) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(peer.name);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  arguments.SetMaxSendMessageSize(kMaxSendBytes);
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // One stream that is begun again by our own rules: gRPC's retries, proxies of the environment and
  // service configs from DNS have no part in it, and cost memory.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  // A channel that failed is replaced (uplink.cc); the new one must not inherit its backoff.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

bool Mentions(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const Peer& peer) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = peer.identity.ca_pem;
  options.pem_private_key = peer.identity.key_pem;
  options.pem_cert_chain = peer.identity.chain_pem;
  return grpc::CreateCustomChannel(peer.address, grpc::SslCredentials(options), Arguments(peer));
}

std::string Explain(const grpc::Status& status, const Peer& peer) {
  const std::string& text = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return fmt::format("{} ended the stream", peer.address);
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return fmt::format("{} refused us: {}", peer.address, text);
    case grpc::StatusCode::UNIMPLEMENTED:
      return fmt::format("{} is no Relaywatch collector: {}", peer.address, text);
    default:
      break;
  }
  if (Mentions(text, "is not in peer certificate")) {
    return fmt::format("certificate trouble: {} is not named \"{}\" by its certificate: {}",
                       peer.address, peer.name, text);
  }
  if (Mentions(text, "certificate verify failed") || Mentions(text, "CERTIFICATE_VERIFY_FAILED")) {
    return fmt::format("certificate trouble: our CA does not vouch for the certificate of {}: {}",
                       peer.address, text);
  }
  if (Mentions(text, "Ssl handshake") || Mentions(text, "SSL_ERROR")) {
    return fmt::format("certificate trouble: the TLS handshake with {} failed: {}", peer.address,
                       text);
  }
  // With TLS 1.3 a client learns of its refusal only by the connection's end.
  if (Mentions(text, "failed to connect") &&
      (Mentions(text, "Socket closed") || Mentions(text, "Connection reset"))) {
    return fmt::format("certificate trouble: {} ended the TLS handshake; does its CA vouch for {}?",
                       peer.address, peer.identity.uri);
  }
  return fmt::format("{}: {}", peer.address, text);
}

}  // namespace relaywatch::agent
