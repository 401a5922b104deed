#include "collector/serve/query_service.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "collector/query/changes_answer.h"
#include "collector/query/compare_answer.h"
#include "collector/query/explain_answer.h"
#include "collector/query/history_answer.h"
#include "collector/query/page.h"
#include "common/status_bridge.h"

namespace relaywatch::collector {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

steady_clock::time_point DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto asked = context.deadline();
  const auto now = system_clock::now();
  if (asked == system_clock::time_point::max()) return steady_clock::now() + kDefaultDeadline;
  const auto left = std::min<system_clock::duration>(asked - now, kMaxDeadline);
  return steady_clock::now() + left;
}

// Lives until gRPC is done with it.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Answer = std::function<absl::Status(const Inquiry&)>;

  UnaryCall(const QueryDeps& deps, steady_clock::time_point deadline, Answer answer)
      : deps_(deps), deadline_(deadline), answer_(std::move(answer)) {}

  void Refuse(const absl::Status& why) { Finish(ToGrpc(why)); }
  void Begin() {
    auto taken = deps_.pool.Submit([this](Desk& desk) {
      Finish(ToGrpc(RunStep(deps_, desk, deadline_, is_unwanted_, answer_)));
    });
    if (!taken.ok()) Finish(ToGrpc(taken));
  }
  void OnCancel() override { is_unwanted_ = true; }
  void OnDone() override { delete this; }

 private:
  const QueryDeps& deps_;
  const steady_clock::time_point deadline_;
  const Answer answer_;
  std::atomic<bool> is_unwanted_{false};
};

// Puts an answer where gRPC wants it, if it is not too large.
template <typename Response>
absl::Status Deliver(absl::StatusOr<Response> answer, Response& response) {
  if (!answer.ok()) return answer.status();
  if (answer->ByteSizeLong() > kMaxMessageBytes) {
    return absl::ResourceExhaustedError(
        "the answer is larger than a message may be: ask for less, by --endpoint or --port");
  }
  response = *std::move(answer);
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* QueryService::Ask(grpc::CallbackServerContext* context, Answer answer) {
  auto* call = new UnaryCall(deps_, DeadlineOf(*context), std::move(answer));
  const absl::Status admitted = admit_ ? admit_(*context) : absl::OkStatus();
  if (admitted.ok()) {
    call->Begin();
  } else {
    call->Refuse(admitted);
  }
  return call;
}

grpc::ServerUnaryReactor* QueryService::Matrix(grpc::CallbackServerContext* context,
                                               const v1::MatrixRequest* request,
                                               v1::MatrixResponse* response) {
  return Ask(context, [this, request, response](const Inquiry& inquiry) {
    return Deliver(deps_.matrix.Answer(*request, inquiry), *response);
  });
}

grpc::ServerUnaryReactor* QueryService::History(grpc::CallbackServerContext* context,
                                                const v1::HistoryRequest* request,
                                                v1::HistoryResponse* response) {
  return Ask(context, [request, response](const Inquiry& inquiry) {
    return Deliver(AnswerHistory(*request, inquiry), *response);
  });
}

grpc::ServerUnaryReactor* QueryService::Changes(grpc::CallbackServerContext* context,
                                                const v1::ChangesRequest* request,
                                                v1::ChangesResponse* response) {
  return Ask(context, [request, response](const Inquiry& inquiry) {
    return Deliver(AnswerChanges(*request, inquiry), *response);
  });
}

grpc::ServerUnaryReactor* QueryService::Compare(grpc::CallbackServerContext* context,
                                                const v1::CompareRequest* request,
                                                v1::CompareResponse* response) {
  return Ask(context, [request, response](const Inquiry& inquiry) {
    return Deliver(AnswerCompare(*request, inquiry), *response);
  });
}

grpc::ServerUnaryReactor* QueryService::Explain(grpc::CallbackServerContext* context,
                                                const v1::ExplainRequest* request,
                                                v1::ExplainResponse* response) {
  return Ask(context, [request, response](const Inquiry& inquiry) {
    return Deliver(AnswerExplain(*request, inquiry), *response);
  });
}

grpc::ServerWriteReactor<v1::ExportBatch>* QueryService::Export(
    grpc::CallbackServerContext* context, const v1::ExportRequest* request) {
  return exports_.Begin(context, *request);
}

}  // namespace relaywatch::collector
