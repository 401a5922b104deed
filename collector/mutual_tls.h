// What the gRPC listeners with client certificates have in common, the agents' and the operators':
// who is let through the handshake, and what one connection may cost. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/identity/identity.h"

namespace relaywatch::collector {

// Whoever has no certificate of the CA in force, for a client, does not get past the handshake.
std::shared_ptr<grpc::ServerCredentials> MutualTls(const Identity& identity);

// Bounds what a peer can do by connecting: 20 s for a handshake, 8 KiB of metadata, 4 calls at once
// on a connection, pings at most every 30 s; a peer that is gone is noticed within 80 s.
void LimitConnections(grpc::ServerBuilder& builder);

}  // namespace relaywatch::collector
