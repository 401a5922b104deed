#include "cli/matrix_command.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

constexpr std::chrono::seconds kDeadline{10};

v1::MatrixRequest RequestOf(const MatrixOptions& options) {
  v1::MatrixRequest request;
  v1::Filter& filter = *request.mutable_filter();
  for (const auto& location : options.locations) filter.add_locations(location);
  for (const auto& endpoint : options.endpoints) filter.add_endpoints(endpoint);
  for (const auto port : options.ports) filter.add_ports(port);
  for (const auto& profile : options.profiles) filter.add_profiles(profile);
  return request;
}

std::string Formatted(const v1::MatrixResponse& response, Output output) {
  if (output == Output::kText) return MatrixText(response);
  if (output == Output::kCsv) return MatrixCsv(response);
  return MatrixJson(response, output);
}

}  // namespace

void AddMatrixOptions(CLI::App& app, MatrixOptions& options) {
  app.add_option("--collector", options.collector, "the collector's admin socket, unix:PATH")
      ->capture_default_str();
  app.add_option("--location", options.locations, "only this location, repeatable");
  app.add_option("--endpoint", options.endpoints, "only this endpoint, repeatable");
  app.add_option("--port", options.ports, "only this port, repeatable");
  app.add_option("--profile", options.profiles, "only this client profile, repeatable");
  app.add_option("--output", options.output, "text, json, ndjson or csv");
}

int RunMatrix(const MatrixOptions& options) {
  const auto output = ParseOutput(options.output);
  if (!output) {
    fmt::print(stderr,
               "relaywatch matrix: --output: \"{}\" is not one of text, json, ndjson, csv\n",
               options.output);
    return kExitUsage;
  }
  if (!options.collector.starts_with("unix:")) {
    fmt::print(stderr, "relaywatch matrix: --collector: \"{}\" is no socket; write unix:PATH\n",
               options.collector);
    return kExitUsage;
  }
  // The socket's file permissions are its access control, so the channel itself needs none.
  const auto channel = grpc::CreateChannel(options.collector, grpc::InsecureChannelCredentials());
  const auto stub = v1::Query::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  v1::MatrixResponse response;
  const grpc::Status status = stub->Matrix(&context, RequestOf(options), &response);
  if (!status.ok()) {
    fmt::print(stderr, "relaywatch matrix: collector at {}: {}\n", options.collector,
               status.error_message());
    return kExitNotOk;
  }
  const std::string text = Formatted(response, *output);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kExitOk;
}

}  // namespace relaywatch::cli
