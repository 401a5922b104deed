// Pages of a long answer: as many items as fit into a message, and a token that says where the next
// page begins. A token is the key of the last item told, so that pages stay right while items come
// and go; it is opaque to callers and none of the secrets. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <tuple>

#include "absl/status/statusor.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::collector {

// Every message that an answer is made of.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{512} * 1024;
// Of its items; room for what else it holds.
inline constexpr std::size_t kMaxPageBytes = kMaxMessageBytes - 16 * 1024;

// What the items of an answer are ordered by: location, endpoint, port, profile.
using ItemKey = std::tuple<std::string, std::string, std::uint32_t, std::string>;

class Paging {
 public:
  // InvalidArgument for a token that is none of ours.
  static absl::StatusOr<Paging> Parse(const v1::Page& page);

  // The last item of the page before; null: this is the first page.
  const ItemKey* last() const { return has_last_ ? &last_ : nullptr; }
  // An item of an earlier page.
  bool IsTold(const ItemKey& key) const { return has_last_ && key <= last_; }
  // Whether an item of so many bytes still fits, and counts it; the first one always does.
  bool Take(const ItemKey& key, std::size_t bytes);
  // Of the page that ends after the last item taken.
  std::string NextToken() const;

 private:
  std::size_t limit_ = 0;
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
  bool has_last_ = false;  // of the page before
  ItemKey last_;
  ItemKey taken_;
};

}  // namespace relaywatch::collector
