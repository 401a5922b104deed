#include "cli/output.h"

namespace relaywatch::cli {

std::optional<Output> ParseOutput(std::string_view name) {
  if (name == "text") return Output::kText;
  if (name == "json") return Output::kJson;
  if (name == "ndjson") return Output::kNdjson;
  if (name == "csv") return Output::kCsv;
  return std::nullopt;
}

}  // namespace relaywatch::cli
