// The channel to the collector: mutual TLS from our identity, and the wire's figures.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "common/identity/identity.h"

namespace relaywatch::agent {

struct Peer {
  std::string address;  // host:port
  std::string name;     // verified in the collector's certificate
  Identity identity;
};

// Connects lazily. Thread-safe as gRPC's channels are; never destroy one within a gRPC callback.
std::shared_ptr<grpc::Channel> MakeChannel(const Peer& peer);

// What went wrong with a call, for an operator's eyes: whether the collector refused us, could not
// be reached, or one side's certificate is in the way.
std::string Explain(const grpc::Status& status, const Peer& peer);

}  // namespace relaywatch::agent
