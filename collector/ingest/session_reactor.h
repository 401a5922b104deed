// gRPC's side of one agent's stream. Messages are read and written as bytes: bytes that are no
// message must end the stream with a reason, where gRPC's own parsing would take them for its
// regular end. Reactions only parse and enqueue: a message that was read goes to the ingest queue,
// an answer of the writer to the list of those to be written. One read and one write are
// outstanding at most; the next read starts only while the stream's own share of unanswered memory,
// and the queue as a whole, have room. Finish is called exactly once, after what was sent.
//
// Kept alive by itself until OnDone and by what waits in the queue. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "collector/ingest/agent_link.h"
#include "collector/ingest/ingest_queue.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

class SessionReactor final : public AgentLink,
                             public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                             public std::enable_shared_from_this<SessionReactor> {
 public:
  // A longer message ends its stream. gRPC's own limit is wider, since it tells only the agent.
  static constexpr std::size_t kMaxMessageBytes = 512 * 1024;
  // Bytes of one stream that may wait for the writer.
  static constexpr std::size_t kMaxUnanswered = 4 * 1024 * 1024;

  // The context is gRPC's, valid until OnDone.
  SessionReactor(std::string agent, grpc::CallbackServerContext& context, IngestQueue& queue);

  // Starts reading; called once, before the reactor is handed to gRPC.
  void Begin();

  const std::string& agent() const override { return agent_; }
  const std::string& peer() const override { return peer_; }
  void Send(v1::CollectorMessage message) override;
  void End(absl::Status status) override;
  void Cut() override;
  void Release(std::size_t bytes) override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void ReadNext();           // with mutex_ held
  void WriteNext();          // with mutex_ held
  void FinishWhenWritten();  // with mutex_ held
  bool MayRead() const;      // with mutex_ held

  const std::string agent_;
  const std::string peer_;
  IngestQueue& queue_;
  grpc::CallbackServerContext* context_;  // null: done
  std::shared_ptr<SessionReactor> self_;  // until OnDone
  std::mutex mutex_;
  grpc::ByteBuffer incoming_;  // of the read that is outstanding
  bool reading_ = false;
  bool read_ended_ = false;
  std::size_t unanswered_ = 0;  // bytes that the writer still has
  std::deque<v1::CollectorMessage> outgoing_;
  grpc::ByteBuffer written_;  // the front of outgoing_, while it is being written
  bool writing_ = false;
  bool broken_ = false;  // nothing can be written any more
  std::optional<grpc::Status> end_;
  bool finished_ = false;
};

}  // namespace relaywatch::collector
