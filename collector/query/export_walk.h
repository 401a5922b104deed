// Every result in the order of (series, time, epoch, seq), some thousand at a time: each step is a
// question of its own that goes on where the last one ended, so that whoever reads slowly, or
// never, holds no moment of the store. A result that arrives meanwhile may or may not be among
// them. Memory: one step's messages. Confined to one thread at a time.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "collector/query/selection.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// How much one step does at most.
struct ExportStep {
  std::size_t rows = 10'000;    // told
  std::size_t looks = 200'000;  // rows looked at, told or not
};

class ExportWalk {
 public:
  explicit ExportWalk(v1::ExportRequest request, ExportStep step = {})
      : request_(std::move(request)), step_(step) {}

  // The next messages, each within the bounds of one; may be none before the end is reached.
  // InvalidArgument (at the first step only), or any status of the store.
  absl::StatusOr<std::vector<v1::ExportBatch>> Next(const Inquiry& inquiry);
  bool done() const { return is_done_; }

 private:
  struct Cursor {
    std::int64_t series = 0;
    std::int64_t time_ms = 0;
    std::int64_t epoch = 0;
    std::uint64_t seq = 0;

    auto operator<=>(const Cursor&) const = default;
  };

  absl::StatusOr<std::vector<ResultRow>> Collect(const Selection& selection,
                                                 const Inquiry& inquiry);
  absl::StatusOr<std::vector<v1::ExportBatch>> Tell(const std::vector<ResultRow>& rows,
                                                    const Selection& selection,
                                                    const Inquiry& inquiry);

  const v1::ExportRequest request_;
  const ExportStep step_;
  std::optional<TimeRange> range_;
  Cursor last_;  // looked at; all zero: none yet
  bool is_done_ = false;
  bool is_begun_ = false;
};

}  // namespace relaywatch::collector
