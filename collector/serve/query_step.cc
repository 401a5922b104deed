#include "collector/serve/query_step.h"

#include <string>
#include <utility>
#include <vector>

namespace relaywatch::collector {
namespace {

using std::chrono::steady_clock;

std::vector<AgentHost> HostsOf(const Fleet& fleet) {
  std::vector<AgentHost> hosts;
  for (AgentView& agent : fleet.Snapshot()) {
    hosts.push_back({std::move(agent.name), std::move(agent.host_name)});
  }
  return hosts;
}

absl::Status Answered(const QueryDeps& deps, Desk& desk, steady_clock::duration time,
                      const std::atomic<bool>& is_unwanted,
                      absl::FunctionRef<absl::Status(const Inquiry&)> answer) {
  const Inquiry inquiry{desk, deps.matrix.judging(), deps.clock.Now().wall_ms, HostsOf(deps.fleet),
                        is_unwanted};
  const auto snapshot = desk.reader->Begin(time);
  if (!snapshot.ok()) return snapshot.status();
  if (auto read = desk.directory.Refresh(desk.reader->database()); !read.ok()) return read;
  desk.outcomes.Use(inquiry.judging.profiles);
  return answer(inquiry);
}

}  // namespace

absl::Status RunStep(const QueryDeps& deps, Desk& desk, steady_clock::time_point deadline,
                     const std::atomic<bool>& is_unwanted,
                     absl::FunctionRef<absl::Status(const Inquiry&)> answer) {
  if (is_unwanted) return absl::CancelledError("whoever asked has gone");
  const auto left = deadline - steady_clock::now();
  if (left <= steady_clock::duration::zero()) {
    return absl::DeadlineExceededError("too many questions came before this one: ask again");
  }
  absl::Status status = Answered(deps, desk, left, is_unwanted, answer);
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(
        "the answer takes too long: ask for less, by --endpoint, --location or a shorter time");
  }
  return status;
}

}  // namespace relaywatch::collector
