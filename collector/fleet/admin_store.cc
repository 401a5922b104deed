// What operators do to the store: judging it again, backing it up.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "collector/fleet/admin_service.h"
#include "collector/fleet/admin_words.h"
#include "collector/store/backup.h"
#include "common/status_bridge.h"

namespace relaywatch::collector {
namespace {

using std::chrono::steady_clock;

google::protobuf::Duration Since(steady_clock::time_point start) {
  const auto took = steady_clock::now() - start;
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
  google::protobuf::Duration duration;
  duration.set_seconds(nanos / 1'000'000'000);
  duration.set_nanos(static_cast<std::int32_t>(nanos % 1'000'000'000));
  return duration;
}

}  // namespace

grpc::Status AdminService::Rejudge(grpc::ServerContext* /*context*/,
                                   const v1::RejudgeRequest* /*request*/,
                                   v1::RejudgeResponse* response) {
  const auto start = steady_clock::now();
  const auto report = deps_.judge_again();
  if (!report.ok()) return ToGrpc(report.status());
  response->set_outcomes(report->outcomes);
  response->set_added(report->added);
  for (const auto& [change, outcomes] : report->changes) {
    v1::VerdictChange& told = *response->add_changes();
    told.set_profile(std::get<0>(change));
    told.set_from(std::get<1>(change));
    told.set_to(std::get<2>(change));
    told.set_outcomes(outcomes);
  }
  *response->mutable_took() = Since(start);
  const std::string detail = fmt::format("{} outcomes, {} changes, {} added", report->outcomes,
                                         report->changes.size(), report->added);
  spdlog::info("store: judged again: {}", detail);
  return ToGrpc(
      deps_.registry.AuditDecision("rejudge", "", detail, deps_.clock.Now().wall_ms, kAdmin));
}

grpc::Status AdminService::Backup(grpc::ServerContext* context, const v1::BackupRequest* request,
                                  v1::BackupResponse* response) {
  const std::unique_lock alone(backup_mutex_, std::try_to_lock);
  if (!alone.owns_lock()) return {grpc::StatusCode::UNAVAILABLE, "a backup is being made already"};
  const auto start = steady_clock::now();
  const auto bytes = BackUp(
      {deps_.data_directory, request->directory(), [context] { return context->IsCancelled(); }});
  if (!bytes.ok()) {
    spdlog::error("{}", std::string(bytes.status().message()));
    return ToGrpc(bytes.status());
  }
  response->set_bytes(*bytes);
  *response->mutable_took() = Since(start);
  spdlog::info("backup: {}, {} bytes", request->directory(), *bytes);
  return ToGrpc(deps_.registry.AuditDecision("backup", request->directory(),
                                             fmt::format("{} bytes", *bytes),
                                             deps_.clock.Now().wall_ms, kAdmin));
}

}  // namespace relaywatch::collector
