// A filter's names as the store's numbers. A name that nobody has is an error that lists those that
// there are: an empty answer would look like good news. Pure but for the directory it reads.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "collector/query/inquiry.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// Of each kind in one question.
inline constexpr int kMaxNames = 256;

struct TimeRange {
  std::int64_t since_ms = 0;
  std::int64_t until_ms = 0;  // not included
};

struct Selection {
  std::vector<const SeriesRow*> series;                     // in the order of their numbers
  std::optional<absl::flat_hash_set<std::int64_t>> epochs;  // of the agents; nullopt: all
  std::vector<std::size_t> profiles;  // positions in the profile set; empty: as the endpoint says

  bool Takes(const ResultRow& row) const { return !epochs || epochs->contains(row.epoch); }
  // The numbers of all series.
  std::vector<std::int64_t> Ids() const;
  // By which profiles (positions, ordered by name) a series is judged for this question.
  std::vector<std::size_t> ProfilesOf(const SeriesRow& series, const Judging& judging) const;
};

// The agents that a filter names, by themselves or by their hosts, as the store calls them.
// InvalidArgument for one that nobody knows.
absl::StatusOr<std::set<std::string>> AgentsOf(const v1::Filter& filter, const Inquiry& inquiry);

// Whether the filter's locations, endpoints and ports let a series through.
bool PassesFilter(const v1::Filter& filter, const SeriesKey& key);

// InvalidArgument for more than kMaxNames of a kind, an unknown location, endpoint, port, profile
// or agent.
absl::StatusOr<Selection> Select(const v1::Filter& filter, const Inquiry& inquiry);

// "home, office and 3 more" of many names; "none yet" of none.
std::string Told(std::vector<std::string> names);

// InvalidArgument for a moment that has not come yet, by more than clocks differ.
absl::Status RefuseFuture(std::int64_t at_ms, const Inquiry& inquiry);

// InvalidArgument where it is empty or no time at all.
absl::StatusOr<TimeRange> RangeOf(const v1::Filter& filter, TimeRange if_absent);

}  // namespace relaywatch::collector
