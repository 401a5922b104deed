// The operators' questions over gRPC. gRPC's own threads only hand over: the threads of the pool
// read and answer. Where not everybody may ask, each question, and each step of an export, is
// admitted anew. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "collector/serve/export_call.h"
#include "collector/serve/query_step.h"
#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::collector {

class QueryService final : public v1::Query::CallbackService {
 public:
  // `admit`: as in export_call.h; none: whoever can connect may ask.
  explicit QueryService(QueryDeps deps, Admission admit = {})
      : deps_(deps), admit_(admit), exports_(deps, std::move(admit)) {}

  grpc::ServerUnaryReactor* Matrix(grpc::CallbackServerContext* context,
                                   const v1::MatrixRequest* request,
                                   v1::MatrixResponse* response) override;
  grpc::ServerUnaryReactor* History(grpc::CallbackServerContext* context,
                                    const v1::HistoryRequest* request,
                                    v1::HistoryResponse* response) override;
  grpc::ServerUnaryReactor* Changes(grpc::CallbackServerContext* context,
                                    const v1::ChangesRequest* request,
                                    v1::ChangesResponse* response) override;
  grpc::ServerUnaryReactor* Compare(grpc::CallbackServerContext* context,
                                    const v1::CompareRequest* request,
                                    v1::CompareResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportBatch>* Export(grpc::CallbackServerContext* context,
                                                    const v1::ExportRequest* request) override;

 private:
  using Answer = std::function<absl::Status(const Inquiry&)>;
  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, Answer answer);

  const QueryDeps deps_;
  const Admission admit_;
  ExportDesk exports_;
};

}  // namespace relaywatch::collector
