#include "cli/matrix_command.h"

#include <CLI/CLI.hpp>

#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

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
  AddCollectorOptions(app, options.collector);
  app.add_option("--location", options.locations, "only this location, repeatable");
  app.add_option("--endpoint", options.endpoints, "only this endpoint, repeatable");
  app.add_option("--port", options.ports, "only this port, repeatable");
  app.add_option("--profile", options.profiles, "only this client profile, repeatable");
}

int RunMatrix(const MatrixOptions& options) {
  const auto link = CollectorLink::Open("matrix", options.collector);
  if (!link) return kExitUsage;
  v1::MatrixResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Query::NewStub(link->channel())->Matrix(context.get(), RequestOf(options), &response));
  if (code == kExitOk) Print(Formatted(response, link->output()));
  return code;
}

}  // namespace relaywatch::cli
