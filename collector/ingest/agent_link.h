// The writer's end of one agent's stream: where answers go, and who is on the other side. The
// stream itself (session_reactor.h) lives on gRPC's threads; whatever is done here after it has
// ended is lost without harm. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "relaywatch/v1/session.pb.h"

namespace relaywatch::collector {

class AgentLink {
 public:
  virtual ~AgentLink() = default;

  virtual const std::string& agent() const = 0;  // the name in its certificate
  virtual const std::string& peer() const = 0;   // "ipv4:192.0.2.7:40112", for log lines

  // Queued and sent in order; a waiting Ack of the same epoch is replaced by a newer one.
  virtual void Send(v1::CollectorMessage message) = 0;
  // Ends the stream after everything that was sent; the first call counts.
  virtual void End(absl::Status status) = 0;
  // Cuts the connection of a stream that was ended, but whose agent does not listen.
  virtual void Cut() = 0;
  // A message of `bytes` was dealt with: there is room for the next one.
  virtual void Release(std::size_t bytes) = 0;
};

}  // namespace relaywatch::collector
