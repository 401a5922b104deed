// The labels of GapReason ("overflow"), which belongs to the session and not to the shared
// vocabulary: only the collector spells it, in SQL and in metric labels.
#pragma once

#include <string_view>

#include "relaywatch/v1/session.pb.h"

namespace relaywatch {

// "unknown" for UNSPECIFIED and for a newer peer's.
constexpr std::string_view Label(v1::GapReason reason) {
  switch (reason) {
    case v1::GAP_REASON_OVERFLOW:
      return "overflow";
    case v1::GAP_REASON_AGE:
      return "age";
    case v1::GAP_REASON_DAMAGE:
      return "damage";
    case v1::GAP_REASON_DISK:
      return "disk";
    default:
      return "unknown";
  }
}

}  // namespace relaywatch
