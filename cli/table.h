// Tables in every output form: one row an object, each cell once with its name. Pure; thread-safe.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/output.h"

namespace relaywatch::cli {

using Rows = std::vector<std::vector<std::string>>;

// In columns, two blanks apart; the first row is the header.
std::string RenderColumns(const Rows& rows);

// An array (json), or one object a line (ndjson).
std::string RenderJson(const nlohmann::ordered_json& objects, Output output);

}  // namespace relaywatch::cli
