// A moment as people write it on the command line (--since, --until, --at): a time of RFC 3339
// ("2026-11-22T22:46:00Z", "2026-11-22T23:46:00.250+01:00"), or how long ago it was ("90s", "2h",
// "3d"). Pure; thread-safe.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace relaywatch::cli {

// `option` is the option's name, for the message; `now_ms` the present, milliseconds since the
// epoch. InvalidArgument for anything else, and for moments before 1970 or after 9999.
absl::StatusOr<google::protobuf::Timestamp> ParseTimeOption(std::string_view option,
                                                            std::string_view text,
                                                            std::int64_t now_ms);

}  // namespace relaywatch::cli
