// The operators that the admin service tells of, in every output form. Times as in fleet_format.h.
// Pure; thread-safe.
#pragma once

#include <string>

#include "cli/output.h"
#include "relaywatch/v1/admin.pb.h"

namespace relaywatch::cli {

// `file`: where the identity was written.
std::string Formatted(const v1::CreateOperatorResponse& made, const std::string& name,
                      const std::string& file, Output output);
std::string Formatted(const v1::ListOperatorsResponse& operators, Output output);

}  // namespace relaywatch::cli
