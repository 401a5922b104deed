#include "collector/grpc_log.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string_view>

#include "collector/fleet/failure_limit.h"

namespace relaywatch::collector {
namespace {

bool Mentions(std::string_view text, std::string_view what) { return text.find(what) != text.npos; }

// What stands between the two; empty where they are not there.
std::string_view Between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t at = text.find(begin);
  if (at == text.npos) return {};
  text.remove_prefix(at + begin.size());
  return text.substr(0, text.find(end));
}

void Warn(const std::string& what) {
  static FailureLimit limit;
  if (!limit.Allow(std::chrono::steady_clock::now())) return;
  spdlog::warn("tls: a peer was refused: {}", what);
}

// gRPC names no peer where it, or OpenSSL, ended the handshake.
void Show(gpr_log_func_args* line) {
  const std::string_view text = line->message;
  const std::string why = HandshakeFailure(text);
  if (!why.empty()) return Warn(why);
  spdlog::debug("grpc: {}", text);
}

}  // namespace

// chttp2_server.cc: "Handshaking failed: " and the error with its causes, of which one line holds
// what security_handshaker.cc, handshaker.cc or tcp_posix.cc had to say.
std::string HandshakeFailure(std::string_view line) {
  if (!line.starts_with("Handshaking failed: ")) return "";
  if (const auto reason = Between(line, "SSL routines::", " {"); !reason.empty()) {
    return std::string(reason);
  }
  if (Mentions(line, "Handshake timed out")) {
    return "it did not finish the TLS handshake in time";
  }
  const std::string_view peer = Between(line, "target_address:\"", "\"");
  if (!peer.empty()) {
    return fmt::format("{} hung up in the TLS handshake; does it trust our certificate?", peer);
  }
  return std::string(line);
}

void ShowGrpcLog() {
  gpr_set_log_function(Show);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);  // failed handshakes are told there
}

}  // namespace relaywatch::collector
