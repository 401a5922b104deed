#include "collector/grpc_log.h"

#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include <string_view>

#include "collector/fleet/failure_limit.h"

namespace relaywatch::collector {
namespace {

// ssl_transport_security.cc: "Handshake failed with fatal error SSL_ERROR_SSL: error:…:reason."
void Show(gpr_log_func_args* line) {
  static FailureLimit limit;
  const std::string_view text = line->message;
  const std::size_t reason = text.rfind("::");
  if (!text.starts_with("Handshake failed") || reason == std::string_view::npos) {
    return spdlog::debug("grpc: {}", text);
  }
  if (!limit.Allow(std::chrono::steady_clock::now())) return;
  spdlog::warn("tls: a peer was refused: {}", text.substr(reason + 2));
}

}  // namespace

void ShowGrpcLog() { gpr_set_log_function(Show); }

}  // namespace relaywatch::collector
