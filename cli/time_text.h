// Times of the collector's answers as text and JSON. Pure; thread-safe.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <nlohmann/json.hpp>
#include <string>

#include "common/clock.h"

namespace relaywatch::cli {

// RFC 3339; `none` for an unset time.
inline std::string TimeText(const google::protobuf::Timestamp& time, const char* none) {
  if (time.seconds() == 0) return none;
  return FormatRfc3339(time.seconds() * 1000 + time.nanos() / 1'000'000);
}

// The same, null where unset.
inline nlohmann::ordered_json TimeJson(const google::protobuf::Timestamp& time) {
  const std::string text = TimeText(time, "");
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

}  // namespace relaywatch::cli
