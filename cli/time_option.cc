#include "cli/time_option.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/yaml/reader.h"

namespace relaywatch::cli {
namespace {

constexpr std::int64_t kMaxWallMs = 253'402'300'799'999;  // 9999-12-31, as everywhere

std::optional<std::int64_t> ParseMs(std::string_view text, std::int64_t now_ms) {
  if (const auto ago = yaml::ParseDuration(text)) return now_ms - ago->count();
  // ParseTime forgives blanks around a time and knows words for infinity; RFC 3339 has neither.
  const bool is_digit = !text.empty() && std::isdigit(static_cast<unsigned char>(text.front()));
  if (!is_digit || std::isspace(static_cast<unsigned char>(text.back()))) return std::nullopt;
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, nullptr)) return std::nullopt;
  return absl::ToUnixMillis(time);
}

}  // namespace

absl::StatusOr<google::protobuf::Timestamp> ParseTimeOption(std::string_view option,
                                                            std::string_view text,
                                                            std::int64_t now_ms) {
  const auto ms = ParseMs(text, now_ms);
  if (!ms || *ms < 0 || *ms > kMaxWallMs) {
    return absl::InvalidArgumentError(
        fmt::format("{}: \"{}\" is neither a time such as 2026-11-22T22:46:00Z nor how long ago, "
                    "such as 2h or 3d",
                    option, text));
  }
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(*ms / 1000);
  timestamp.set_nanos(static_cast<int>(*ms % 1000) * 1'000'000);
  return timestamp;
}

}  // namespace relaywatch::cli
