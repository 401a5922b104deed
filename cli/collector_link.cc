#include "cli/collector_link.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <utility>

namespace relaywatch::cli {
namespace {}  // namespace

void AddCollectorOptions(CLI::App& app, CollectorOptions& options) {
  app.add_option("--collector", options.collector, "the collector's admin socket, unix:PATH")
      ->capture_default_str();
  app.add_option("--output", options.output, "text, json, ndjson or csv");
}

std::optional<CollectorLink> CollectorLink::Open(const std::string& command,
                                                 const CollectorOptions& options) {
  const auto output = ParseOutput(options.output);
  if (!output) {
    fmt::print(stderr, "relaywatch {}: --output: \"{}\" is not one of text, json, ndjson, csv\n",
               command, options.output);
    return std::nullopt;
  }
  if (!options.collector.starts_with("unix:")) {
    fmt::print(stderr, "relaywatch {}: --collector: \"{}\" is no socket; write unix:PATH\n",
               command, options.collector);
    return std::nullopt;
  }
  return CollectorLink(command, options.collector, *output);
}

// The socket's file permissions are its access control, so the channel itself needs none.
CollectorLink::CollectorLink(std::string command, std::string address, Output output)
    : command_(std::move(command)),
      address_(std::move(address)),
      output_(output),
      channel_(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials())) {}

std::unique_ptr<grpc::ClientContext> CollectorLink::Context(std::chrono::seconds time) const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + time);
  return context;
}

int CollectorLink::ExitCode(const grpc::Status& status) const {
  if (status.ok()) return kExitOk;
  fmt::print(stderr, "relaywatch {}: collector at {}: {}\n", command_, address_,
             status.error_message());
  return status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? kExitUsage : kExitNotOk;
}

void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace relaywatch::cli
