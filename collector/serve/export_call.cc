#include "collector/serve/export_call.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "collector/query/export_walk.h"
#include "common/status_bridge.h"

namespace relaywatch::collector {

using std::chrono::steady_clock;

// One at a time touches it: the pool's thread in a step, gRPC's between writes; each starts the
// other. The exceptions are atomic or behind the mutex.
class ExportCall final : public grpc::ServerWriteReactor<v1::ExportBatch> {
 public:
  ExportCall(const QueryDeps& deps, const Admission& admit, grpc::CallbackServerContext* context,
             const v1::ExportRequest& request)
      : deps_(deps), admit_(admit), context_(context), walk_(request) {}

  void Begin(std::shared_ptr<ExportCall> self) {
    self_ = std::move(self);
    auto taken = deps_.pool.Submit([this](Desk& desk) { Step(desk); });
    if (!taken.ok()) Finish(ToGrpc(taken));
  }

  bool HasStalled(steady_clock::duration patience) const {
    return steady_clock::now() - progress_at_.load() > patience;
  }
  void GiveUp() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  void OnWriteDone(bool ok) override {
    progress_at_ = steady_clock::now();
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "not read any more"));
    GoOn();
  }
  void OnCancel() override { is_unwanted_ = true; }
  void OnDone() override {
    {
      const std::lock_guard lock(mutex_);
      context_ = nullptr;
    }
    const auto last = std::move(self_);
  }

 private:
  void Step(Desk& desk) {
    batches_.clear();
    next_ = 0;
    // The context is there: it goes with OnDone, which only Finish brings about.
    const auto admitted = admit_ ? admit_(*context_) : absl::OkStatus();
    if (!admitted.ok()) return Finish(ToGrpc(admitted));
    const auto status = RunStep(deps_, desk, steady_clock::now() + kDefaultDeadline, is_unwanted_,
                                [this](const Inquiry& inquiry) {
                                  auto batches = walk_.Next(inquiry);
                                  if (!batches.ok()) return batches.status();
                                  batches_ = *std::move(batches);
                                  return absl::OkStatus();
                                });
    progress_at_ = steady_clock::now();
    if (!status.ok()) return Finish(ToGrpc(status));
    GoOn();
  }

  void GoOn() {
    if (next_ < batches_.size()) return StartWrite(&batches_[next_++]);
    if (walk_.done()) return Finish(grpc::Status::OK);
    deps_.pool.Continue([this](Desk& desk) { Step(desk); });
  }

  const QueryDeps& deps_;
  const Admission& admit_;
  std::shared_ptr<ExportCall> self_;  // until gRPC is done with it
  std::mutex mutex_;
  grpc::CallbackServerContext* context_;  // null: over
  std::atomic<bool> is_unwanted_{false};
  std::atomic<steady_clock::time_point> progress_at_{steady_clock::now()};
  ExportWalk walk_;
  std::vector<v1::ExportBatch> batches_;
  std::size_t next_ = 0;
};

namespace {

class Refusal final : public grpc::ServerWriteReactor<v1::ExportBatch> {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

bool ExportDesk::HasPlace() {
  std::erase_if(calls_, [](const auto& call) { return call.expired(); });
  if (calls_.size() < kPlaces) return true;
  for (const auto& weak : calls_) {
    const auto call = weak.lock();
    if (call != nullptr && call->HasStalled(kPatience)) call->GiveUp();
  }
  return false;
}

grpc::ServerWriteReactor<v1::ExportBatch>* ExportDesk::Begin(grpc::CallbackServerContext* context,
                                                             const v1::ExportRequest& request) {
  // Who is not admitted takes no place.
  const auto admitted = admit_ ? admit_(*context) : absl::OkStatus();
  if (!admitted.ok()) return new Refusal(ToGrpc(admitted));
  std::shared_ptr<ExportCall> call;
  {
    const std::lock_guard lock(mutex_);
    if (HasPlace()) {
      call = std::make_shared<ExportCall>(deps_, admit_, context, request);
      calls_.push_back(call);
    }
  }
  if (call == nullptr) {
    return new Refusal({grpc::StatusCode::RESOURCE_EXHAUSTED,
                        "enough exports are under way already: ask again in a moment"});
  }
  ExportCall* reactor = call.get();
  reactor->Begin(std::move(call));
  return reactor;
}

}  // namespace relaywatch::collector
