#include "collector/query/page.h"

#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace relaywatch::collector {
namespace {

constexpr char kSeparator = '\x1f';  // in no name

absl::Status NoToken() {
  return absl::InvalidArgumentError("page: token: is not a next_page_token of this question");
}

}  // namespace

absl::StatusOr<Paging> Paging::Parse(const v1::Page& page) {
  Paging paging;
  paging.limit_ = page.limit() == 0 ? std::numeric_limits<std::size_t>::max() : page.limit();
  if (page.token().empty()) return paging;
  std::string text;
  if (!absl::WebSafeBase64Unescape(page.token(), &text)) return NoToken();
  const std::vector<std::string> parts = absl::StrSplit(text, kSeparator);
  std::uint32_t port = 0;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[2], &port)) return NoToken();
  paging.has_last_ = true;
  paging.last_ = {parts[0], parts[1], port, parts[3]};
  return paging;
}

bool Paging::Take(const ItemKey& key, std::size_t bytes) {
  constexpr std::size_t kFraming = 8;  // tag and length
  const bool fits = items_ < limit_ && bytes_ + bytes + kFraming <= kMaxPageBytes;
  if (!fits && items_ > 0) return false;
  ++items_;
  bytes_ += bytes + kFraming;
  taken_ = key;
  return true;
}

std::string Paging::NextToken() const {
  const auto& [location, endpoint, port, profile] = taken_;
  const std::string separator(1, kSeparator);
  return absl::WebSafeBase64Escape(
      absl::StrCat(location, separator, endpoint, separator, port, separator, profile));
}

}  // namespace relaywatch::collector
