// Adds up what comes in the order of (series, time) to buckets of one width, and hands each to a
// visitor when it is whole. Confined to one thread.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "collector/store/bucket.h"

namespace relaywatch::collector {

class BucketSink {
 public:
  using Visitor = absl::FunctionRef<bool(const Bucket&)>;  // false: enough

  // The visitor must outlive it.
  BucketSink(std::int64_t step_ms, Visitor visit) : step_ms_(step_ms), visit_(visit) {}

  // False where the visitor has enough.
  bool Add(const ResultRow& row);
  bool Add(const Bucket& part);
  // Hands out the last one.
  void Finish();

 private:
  bool Enter(std::int64_t series, std::int64_t time_ms);

  const std::int64_t step_ms_;
  Visitor visit_;
  Bucket bucket_;
  bool enough_ = false;
};

}  // namespace relaywatch::collector
