#include "collector/store/bucket_sink.h"

namespace relaywatch::collector {

bool BucketSink::Add(const ResultRow& row) {
  if (!Votes(row)) return !enough_;
  if (!Enter(row.series, row.time_ms)) return false;
  bucket_.Add(row);
  return true;
}

bool BucketSink::Add(const Bucket& part) {
  if (!Enter(part.series, part.start_ms)) return false;
  bucket_.Merge(part);
  return true;
}

bool BucketSink::Enter(std::int64_t series, std::int64_t time_ms) {
  const std::int64_t start_ms = FloorTo(time_ms, step_ms_);
  if (bucket_.series == series && bucket_.start_ms == start_ms) return !enough_;
  Finish();
  bucket_.Restart(series, start_ms);
  return !enough_;
}

void BucketSink::Finish() {
  if (!enough_ && !bucket_.empty()) enough_ = !visit_(bucket_);
}

}  // namespace relaywatch::collector
