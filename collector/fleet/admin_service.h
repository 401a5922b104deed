// What operators decide about the fleet, behind the admin socket. Whatever changes something is in
// the audit before it is answered. Of gRPC's synchronous kind, because the calls wait for the disk.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "collector/fleet/authority.h"
#include "collector/fleet/fleet.h"
#include "collector/fleet/registry.h"
#include "collector/ingest/rejudge.h"
#include "common/clock.h"
#include "relaywatch/v1/admin.grpc.pb.h"

namespace relaywatch::collector {

// Everything outlives the service.
struct AdminDeps {
  Registry& registry;
  Fleet& fleet;
  const Clock& clock;
  std::function<absl::Status(std::uint64_t id)> accept_change;
  std::function<absl::StatusOr<RejudgeReport>()> judge_again;
  std::string data_directory;
  std::string ca_pin;  // of the CA that vouches for the collector; empty: agents cannot enrol here
  // What signs at the moment; null: certificates come from elsewhere.
  std::function<std::shared_ptr<const Authority>()> authority;
  std::string ca_file;    // of the CA, for people
  std::string operators;  // where operators are served, for people; empty: nowhere
};

class AdminService final : public v1::Admin::Service {
 public:
  explicit AdminService(AdminDeps deps) : deps_(std::move(deps)) {}

  grpc::Status CreateToken(grpc::ServerContext* context, const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override;
  grpc::Status ListTokens(grpc::ServerContext* context, const v1::ListTokensRequest* request,
                          v1::ListTokensResponse* response) override;
  grpc::Status RevokeToken(grpc::ServerContext* context, const v1::RevokeTokenRequest* request,
                           v1::RevokeTokenResponse* response) override;
  grpc::Status ListAgents(grpc::ServerContext* context, const v1::ListAgentsRequest* request,
                          v1::ListAgentsResponse* response) override;
  grpc::Status RevokeAgent(grpc::ServerContext* context, const v1::RevokeAgentRequest* request,
                           v1::RevokeAgentResponse* response) override;
  grpc::Status CreateOperator(grpc::ServerContext* context,
                              const v1::CreateOperatorRequest* request,
                              v1::CreateOperatorResponse* response) override;
  grpc::Status ListOperators(grpc::ServerContext* context, const v1::ListOperatorsRequest* request,
                             v1::ListOperatorsResponse* response) override;
  grpc::Status RevokeOperator(grpc::ServerContext* context,
                              const v1::RevokeOperatorRequest* request,
                              v1::RevokeOperatorResponse* response) override;
  grpc::Status AcceptChange(grpc::ServerContext* context, const v1::AcceptChangeRequest* request,
                            v1::AcceptChangeResponse* response) override;
  grpc::Status Rejudge(grpc::ServerContext* context, const v1::RejudgeRequest* request,
                       v1::RejudgeResponse* response) override;
  // One at a time: Unavailable.
  grpc::Status Backup(grpc::ServerContext* context, const v1::BackupRequest* request,
                      v1::BackupResponse* response) override;

 private:
  const AdminDeps deps_;
  std::mutex backup_mutex_;  // held as long as a backup is being made
};

}  // namespace relaywatch::collector
