// One gRPC stream to the collector, as the agent's thread sees it: messages go in, events come out,
// all on the io_context. gRPC's own threads only post there.
//
// Reads: one at a time, the next when the message before has been handled, so a flooding collector
// is held back by TCP. Writes: one at a time, in the order given.
// Follows the ownership rules of gRPC's callback API: the object lives until OnDone whatever its
// holder does, a hold is kept while operations may start from outside a reaction, and nothing of
// gRPC's is destroyed within one of its callbacks.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <asio/io_context.hpp>
#include <deque>
#include <memory>

#include "relaywatch/v1/session.grpc.pb.h"

namespace relaywatch::agent {

// Called on the io_context's thread.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  virtual void OnMessage(v1::CollectorMessage& message) = 0;
  virtual void OnIdle() = 0;  // everything written has been taken over by gRPC
  // The last event of a stream. OK where the collector ended it in good order.
  virtual void OnClosed(const grpc::Status& status) = 0;
};

class Stream final : public grpc::ClientBidiReactor<v1::AgentMessage, v1::CollectorMessage>,
                     public std::enable_shared_from_this<Stream> {
 public:
  // Begins the call at once. `io` must run until OnClosed (or, after Detach, until the call has
  // ended); `stub`'s channel is kept by the call.
  static std::shared_ptr<Stream> Open(v1::Session::Stub& stub, asio::io_context& io,
                                      StreamEvents& events);

  void Write(v1::AgentMessage message);
  bool Idle() const { return queue_.empty(); }
  // No Write after it; the collector may still answer until it ends the call.
  void WritesDone();
  // Ends the call soon, whatever the collector does; OnClosed follows.
  void Cancel() { context_.TryCancel(); }

  // gRPC's reactions; not for callers.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  Stream(asio::io_context& io, StreamEvents& events) : io_(io), events_(events) {}
  void Read(bool ok);
  void Written(bool ok);
  void WriteNext();

  asio::io_context& io_;
  StreamEvents& events_;
  grpc::ClientContext context_;
  std::shared_ptr<Stream> self_;  // until OnDone
  v1::CollectorMessage incoming_;
  std::deque<v1::AgentMessage> queue_;  // the front is being written
  bool open_ = true;                    // the reading side stands: operations may begin
  bool writes_done_ = false;
};

}  // namespace relaywatch::agent
