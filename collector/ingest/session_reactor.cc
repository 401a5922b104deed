#include "collector/ingest/session_reactor.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "common/status_bridge.h"

namespace relaywatch::collector {
namespace {

// Answers that may wait for an agent before nothing more is read from it.
constexpr std::size_t kMaxUnsaid = 64;

// An empty message, which nobody sends, where the bytes are none: the session refuses it.
std::unique_ptr<Envelope> Open(grpc::ByteBuffer& bytes) {
  auto envelope = std::make_unique<Envelope>();
  grpc::ProtoBufferReader reader(&bytes);
  if (!reader.status().ok() || !envelope->message().ParseFromZeroCopyStream(&reader)) {
    envelope->message().Clear();
  }
  bytes.Clear();
  return envelope;
}

}  // namespace

SessionReactor::SessionReactor(std::string agent, grpc::CallbackServerContext& context,
                               IngestQueue& queue)
    : agent_(std::move(agent)), peer_(context.peer()), queue_(queue), context_(&context) {}

void SessionReactor::Begin() {
  self_ = shared_from_this();
  const std::lock_guard lock(mutex_);
  ReadNext();
}

void SessionReactor::Send(v1::CollectorMessage message) {
  const std::lock_guard lock(mutex_);
  if (broken_ || end_) return;
  // An agent that reads slowly is told only how far it has come, not how it came there.
  const bool waiting = outgoing_.size() > (writing_ ? 1u : 0u);
  if (waiting && message.has_ack() && outgoing_.back().has_ack() &&
      outgoing_.back().ack().epoch() == message.ack().epoch()) {
    outgoing_.back() = std::move(message);
    return;
  }
  outgoing_.push_back(std::move(message));
  WriteNext();
}

void SessionReactor::End(absl::Status status) {
  const std::lock_guard lock(mutex_);
  if (end_) return;
  end_ = ToGrpc(status);
  FinishWhenWritten();
}

void SessionReactor::Cut() {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

void SessionReactor::Release(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  unanswered_ -= bytes;
  ReadNext();
}

// With nothing of its own waiting a stream may always read: it must be able to move on even where
// others fill the queue.
bool SessionReactor::MayRead() const {
  if (reading_ || read_ended_ || broken_ || end_) return false;
  if (outgoing_.size() > kMaxUnsaid) return false;  // it talks, but does not listen
  return unanswered_ == 0 || (unanswered_ < kMaxUnanswered && queue_.HasRoom());
}

void SessionReactor::ReadNext() {
  if (!MayRead()) return;
  reading_ = true;
  StartRead(&incoming_);
}

void SessionReactor::WriteNext() {
  if (writing_ || broken_ || outgoing_.empty()) return;
  writing_ = true;
  bool owned = false;
  written_.Clear();  // gRPC aborts where it finds the bytes of the last message
  // Cannot fail: our own messages are small and complete.
  (void)grpc::SerializationTraits<v1::CollectorMessage>::Serialize(outgoing_.front(), &written_,
                                                                   &owned);
  StartWrite(&written_);
}

void SessionReactor::FinishWhenWritten() {
  if (!end_ || finished_ || (!outgoing_.empty() && !broken_)) return;
  if (writing_) return;
  finished_ = true;
  Finish(*end_);
}

void SessionReactor::OnReadDone(bool ok) {
  IngestItem item{shared_from_this(), nullptr, 0};
  if (ok) {
    if (incoming_.Length() > kMaxMessageBytes) {
      item.oversize = incoming_.Length();
      incoming_.Clear();
    }
    item.envelope = Open(incoming_);
    item.bytes = item.envelope->bytes();
  }
  const std::lock_guard lock(mutex_);
  reading_ = false;
  read_ended_ = !ok;
  unanswered_ += item.bytes;
  queue_.Push(std::move(item));  // under the lock, so that the end comes last
  ReadNext();
}

void SessionReactor::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  outgoing_.pop_front();
  if (!ok) broken_ = true;
  WriteNext();
  ReadNext();
  FinishWhenWritten();
}

void SessionReactor::OnCancel() {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  if (!end_) end_ = grpc::Status(grpc::StatusCode::CANCELLED, "the agent has gone");
  FinishWhenWritten();
}

// A stream that was ended while it was not reading has not told the writer of its end yet.
void SessionReactor::OnDone() {
  const std::shared_ptr<SessionReactor> last = std::exchange(self_, nullptr);
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
  if (!std::exchange(read_ended_, true)) queue_.Push({last, nullptr, 0});
}

}  // namespace relaywatch::collector
