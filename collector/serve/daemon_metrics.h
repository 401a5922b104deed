// Metrics of the collector itself: ingest, store, configuration. Families and their children are
// made at the start, so every one of them is there at 0. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <map>
#include <string_view>

#include "collector/store/store.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

class IngestMetrics {
 public:
  explicit IngestMetrics(prometheus::Registry& registry);

  void Results(v1::Lane lane, std::uint64_t count);
  void Duplicates(v1::Lane lane, std::uint64_t count);
  void Rewinds(v1::Lane lane, std::uint64_t count);
  void Gap(v1::GapReason reason, std::uint64_t results);
  void Rejected(std::string_view reason);
  void DuplicateIdentity() { duplicate_identities_.Increment(); }

 private:
  using Children = std::map<std::string_view, prometheus::Counter*>;
  Children results_;
  Children duplicates_;
  Children rewinds_;
  Children gaps_;
  Children rejected_;
  prometheus::Counter& duplicate_identities_;
};

class StoreMetrics {
 public:
  explicit StoreMetrics(prometheus::Registry& registry);

  void Committed(std::chrono::steady_clock::duration took, const StoreStats& stats);
  void Size(const StoreStats& stats);
  void QueueBytes(std::size_t bytes);

 private:
  prometheus::Histogram& commits_;
  prometheus::Gauge& wal_bytes_;
  prometheus::Gauge& results_;
  prometheus::Gauge& bytes_;
  prometheus::Gauge& queue_bytes_;
  prometheus::Gauge& damaged_;
};

class ConfigMetrics {
 public:
  explicit ConfigMetrics(prometheus::Registry& registry);

  void Loaded(std::int64_t now_ms);
  void Refused() { successful_.Set(0); }

 private:
  prometheus::Gauge& successful_;
  prometheus::Gauge& timestamp_;
};

}  // namespace relaywatch::collector
