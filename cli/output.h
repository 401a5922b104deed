// The output forms of every subcommand and the exit codes that scripts rely on.
#pragma once

#include <optional>
#include <string_view>

namespace relaywatch::cli {

enum class Output { kText, kJson, kNdjson, kCsv };

// nullopt for anything but text, json, ndjson and csv.
std::optional<Output> ParseOutput(std::string_view name);

inline constexpr int kExitOk = 0;     // every judged profile is ok
inline constexpr int kExitNotOk = 1;  // some verdict is not ok, or the collector did not answer
inline constexpr int kExitUsage = 2;  // usage or configuration error; nothing on standard output

}  // namespace relaywatch::cli
