// The way to a collector on another host: gRPC over mutual TLS, as one of its operators. Threads:
// gRPC's. Thread-compatible.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/collector_link.h"

namespace relaywatch::cli {

// Connects at the first call. InvalidArgument where --collector is no HOST:PORT or one of
// --identity and --ca is missing, else as LoadIdentity; each with the option. `now` in seconds.
absl::StatusOr<std::shared_ptr<grpc::Channel>> RemoteChannel(const CollectorOptions& options,
                                                             std::int64_t now);

// gRPC's words, and what they mean where the connection did not come about.
std::string ExplainRemote(const grpc::Status& status);

}  // namespace relaywatch::cli
