#include "agent/uplink/stream.h"

#include <asio/post.hpp>
#include <utility>

namespace relaywatch::agent {

std::shared_ptr<Stream> Stream::Open(v1::Session::Stub& stub, asio::io_context& io,
                                     StreamEvents& events) {
  std::shared_ptr<Stream> stream(new Stream(io, events));
  stream->self_ = stream;
  stub.async()->Connect(&stream->context_, stream.get());
  stream->AddHold();
  stream->StartRead(&stream->incoming_);
  stream->StartCall();
  return stream;
}

void Stream::Write(v1::AgentMessage message) {
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) WriteNext();
}

void Stream::WriteNext() {
  if (open_) StartWrite(&queue_.front());
}

void Stream::WritesDone() {
  writes_done_ = true;
  if (open_ && queue_.empty()) StartWritesDone();
}

void Stream::OnReadDone(bool ok) {
  asio::post(io_, [self = shared_from_this(), ok] { self->Read(ok); });
}

void Stream::OnWriteDone(bool ok) {
  asio::post(io_, [self = shared_from_this(), ok] { self->Written(ok); });
}

void Stream::OnDone(const grpc::Status& status) {
  // The last reference is dropped on the agent's thread, with everything of gRPC's that hangs on
  // it.
  asio::post(io_, [self = std::move(self_), status] { self->events_.OnClosed(status); });
}

void Stream::Read(bool ok) {
  if (!ok) {  // the call is over; no operation begins any more
    open_ = false;
    RemoveHold();
    return;
  }
  events_.OnMessage(incoming_);
  StartRead(&incoming_);
}

void Stream::Written(bool ok) {
  if (!ok) return;  // the failed read that follows ends the stream
  queue_.pop_front();
  if (!queue_.empty()) {
    WriteNext();
  } else if (writes_done_) {
    if (open_) StartWritesDone();
  } else {
    events_.OnIdle();
  }
}

}  // namespace relaywatch::agent
