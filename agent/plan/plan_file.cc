#include "agent/plan/plan_file.h"

#include <spdlog/spdlog.h>

#include "common/durable_file.h"
#include "common/file.h"

namespace relaywatch::agent {

PlanFile::PlanFile(const std::string& directory)
    : file_(directory.empty() ? "" : directory + "/plan") {}

std::optional<v1::Plan> PlanFile::Read() const {
  if (file_.empty()) return std::nullopt;
  const auto content = ReadFile(file_);
  if (absl::IsNotFound(content.status())) return std::nullopt;
  v1::Plan plan;
  if (content.ok() && plan.ParseFromString(*content)) return plan;
  spdlog::warn("plan: {} cannot be used{}; waiting for the collector's", file_,
               content.ok() ? "" : ": " + std::string(content.status().message()));
  return std::nullopt;
}

void PlanFile::Keep(const v1::Plan& plan) {
  if (file_.empty()) return;
  std::string content = plan.SerializeAsString();
  if (content == kept_) return;
  if (auto replaced = ReplaceFile(file_, content, 0600); !replaced.ok()) {
    return spdlog::warn("plan: not kept for the next start: {}", std::string(replaced.message()));
  }
  kept_ = std::move(content);
}

}  // namespace relaywatch::agent
