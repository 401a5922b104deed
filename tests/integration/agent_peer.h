// The other end for tests of the agent's uplink: a small honest collector on gRPC with mTLS that
// keeps the commit rule of wire-and-store in memory, and can be told to misbehave.
// Thread-safe: gRPC's server threads serve, the test's thread looks and waits.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "relaywatch/v1/session.grpc.pb.h"
#include "tests/support/certificates.h"

namespace relaywatch::agent {

// One result as it was committed, references resolved.
struct Committed {
  std::uint64_t seq = 0;
  v1::Lane lane = v1::LANE_UNSPECIFIED;
  v1::Path path;
  v1::Facts facts;
};

// What has arrived so far, over all streams.
struct Received {
  std::vector<v1::Hello> hellos;
  std::vector<v1::PlanReport> reports;
  std::vector<v1::AgentStatus> statuses;
  std::map<std::uint64_t, std::uint64_t> durable;  // by epoch
  std::vector<Committed> results;                  // in the order of their numbers
  std::vector<v1::Gap> gaps;
  int duplicates = 0;  // results that came again
  int drained = 0;
  int streams_ended = 0;
};

struct Behaviour {
  grpc::Status refusal;  // not OK: every stream ends with it at once
  std::uint32_t credit = 1000;
  bool commits = true;           // false: batches are swallowed without an answer
  std::uint64_t ack_beyond = 0;  // added to what every Ack says
};

class TestCollector {
 public:
  // Listens at once; port 0 is the system's choice.
  TestCollector(const support::CertificateAuthority& ca, const support::Credential& identity,
                std::uint16_t port = 0);
  ~TestCollector();

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  void SetBehaviour(Behaviour behaviour);
  // Sent on the live stream, or as soon as there is one.
  void Send(v1::CollectorMessage message);
  // Cancels the live stream.
  void EndStream();

  // Until what has arrived satisfies the predicate; false after ten seconds.
  bool WaitFor(const std::function<bool(const Received&)>& predicate) const;
  Received Seen() const;

 private:
  class Service;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace relaywatch::agent
