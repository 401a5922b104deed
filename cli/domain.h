// `relaywatch probe --domain NAME`: the targets that a domain publishes. Confined to one thread.
#pragma once

#include <asio/io_context.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/probe/service_records.h"
#include "cli/probe_options.h"

namespace relaywatch::cli {

// Asks on `io`, for as long as one resolution may take, and says on standard error what it found,
// since nobody has typed these targets. NotFound where nothing was.
absl::StatusOr<std::vector<ProbeJob>> JobsOfDomain(const std::string& domain,
                                                   const probe::Request& common,
                                                   asio::io_context& io,
                                                   probe::ServiceRecords& records);

}  // namespace relaywatch::cli
