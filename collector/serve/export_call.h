// Exports under way: each a stream that reads the store in steps (query/export_walk.h), the next
// one only when the caller has taken what the last one found. A caller that does not read holds
// some megabytes here, no thread and no moment of the store; and one of a few places, which it
// loses where another one wants it. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "collector/serve/query_step.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

class ExportCall;

// Whether the peer may ask: OK, or the status it is told. Must not block.
using Admission = std::function<absl::Status(const grpc::CallbackServerContext&)>;

class ExportDesk {
 public:
  static constexpr std::size_t kPlaces = 4;
  // A caller that has taken nothing for so long makes way.
  static constexpr std::chrono::seconds kPatience{30};

  explicit ExportDesk(const QueryDeps& deps, Admission admit = {})
      : deps_(deps), admit_(std::move(admit)) {}

  // Ends at once with RESOURCE_EXHAUSTED where all places are taken, and before each step where the
  // peer is not admitted (any more).
  grpc::ServerWriteReactor<v1::ExportBatch>* Begin(grpc::CallbackServerContext* context,
                                                   const v1::ExportRequest& request);

 private:
  bool HasPlace();

  const QueryDeps deps_;
  const Admission admit_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<ExportCall>> calls_;
};

}  // namespace relaywatch::collector
