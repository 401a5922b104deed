// The answers of the admin service in every output form. Times are RFC 3339; in json null, in text
// "-", in csv empty where there is none. Pure; thread-safe.
#pragma once

#include <string>

#include "cli/output.h"
#include "relaywatch/v1/admin.pb.h"

namespace relaywatch::cli {

// Text: the token alone, so that it can be piped into a file.
std::string Formatted(const v1::CreateTokenResponse& token, const std::string& location,
                      Output output);
std::string Formatted(const v1::ListTokensResponse& tokens, Output output);
std::string Formatted(const v1::ListAgentsResponse& agents, Output output);

}  // namespace relaywatch::cli
