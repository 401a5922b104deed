// Milliseconds since the Unix epoch, and the wire's timestamps. Pure.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cstdint>

namespace relaywatch::collector {

// A peer's timestamp may be any number: held within the years 1 to 9999.
inline std::int64_t MsOf(const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kMin = -62'135'596'800;
  constexpr std::int64_t kMax = 253'402'300'799;
  return std::clamp<std::int64_t>(time.seconds(), kMin, kMax) * 1000 + time.nanos() / 1'000'000;
}

inline void SetMs(google::protobuf::Timestamp& time, std::int64_t ms) {
  time.set_seconds(ms / 1000);
  time.set_nanos(static_cast<int>(ms % 1000) * 1'000'000);
}

}  // namespace relaywatch::collector
