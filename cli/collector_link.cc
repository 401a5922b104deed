#include "cli/collector_link.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <utility>

#include "cli/remote_collector.h"
#include "common/clock.h"

namespace relaywatch::cli {
namespace {

bool IsSocket(const std::string& address) { return address.starts_with("unix:"); }

std::nullopt_t Refuse(const std::string& command, const std::string& why) {
  fmt::print(stderr, "relaywatch {}: {}\n", command, why);
  return std::nullopt;
}

std::optional<Output> OutputOf(const std::string& command, const CollectorOptions& options) {
  const auto output = ParseOutput(options.output);
  if (output) return output;
  return Refuse(command, fmt::format("--output: \"{}\" is not one of text, json, ndjson, csv",
                                     options.output));
}

}  // namespace

void AddCollectorOptions(CLI::App& app, CollectorOptions& options) {
  app.add_option("--collector", options.collector, "the collector's admin socket, unix:PATH")
      ->capture_default_str();
  app.add_option("--output", options.output, "text, json, ndjson or csv");
}

void AddQuestionOptions(CLI::App& app, CollectorOptions& options) {
  app.add_option("--collector", options.collector,
                 "the collector's admin socket, unix:PATH, or its operators' listener, HOST:PORT")
      ->capture_default_str();
  app.add_option("--identity", options.identity,
                 "with HOST:PORT: an operator's key and certificate (PEM)");
  app.add_option("--ca", options.ca, "with HOST:PORT: the CA of the collector's certificate (PEM)");
  app.add_option("--output", options.output, "text, json, ndjson or csv");
}

// The socket's file permissions are its access control, so the channel itself needs none.
std::optional<CollectorLink> CollectorLink::Open(const std::string& command,
                                                 const CollectorOptions& options) {
  const auto output = OutputOf(command, options);
  if (!output) return std::nullopt;
  if (!IsSocket(options.collector)) {
    return Refuse(command, fmt::format("--collector: \"{}\" is no socket; write unix:PATH",
                                       options.collector));
  }
  return CollectorLink(command, options, *output,
                       grpc::CreateChannel(options.collector, grpc::InsecureChannelCredentials()));
}

std::optional<CollectorLink> CollectorLink::OpenForQuestions(const std::string& command,
                                                             const CollectorOptions& options) {
  if (IsSocket(options.collector)) {
    if (options.identity.empty() && options.ca.empty()) return Open(command, options);
    return Refuse(command,
                  "--identity and --ca are for a collector elsewhere: --collector "
                  "HOST:PORT");
  }
  const auto output = OutputOf(command, options);
  if (!output) return std::nullopt;
  auto channel = RemoteChannel(options, SystemClock().Now().wall_ms / 1000);
  if (!channel.ok()) return Refuse(command, std::string(channel.status().message()));
  return CollectorLink(command, options, *output, *std::move(channel));
}

CollectorLink::CollectorLink(std::string command, const CollectorOptions& options, Output output,
                             std::shared_ptr<grpc::Channel> channel)
    : command_(std::move(command)),
      address_(options.collector),
      output_(output),
      channel_(std::move(channel)) {}

std::unique_ptr<grpc::ClientContext> CollectorLink::Context(std::chrono::seconds time) const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + time);
  return context;
}

int CollectorLink::ExitCode(const grpc::Status& status) const {
  if (status.ok()) return kExitOk;
  fmt::print(stderr, "relaywatch {}: collector at {}: {}\n", command_, address_,
             IsSocket(address_) ? status.error_message() : ExplainRemote(status));
  return status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? kExitUsage : kExitNotOk;
}

void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace relaywatch::cli
