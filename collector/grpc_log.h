// gRPC's own words in our log. Why a peer did not get past the TLS handshake only gRPC knows, and
// whoever looks for the reason of an agent's silence looks here; the rest is for debugging.
#pragma once

namespace relaywatch::collector {

// For the whole process; called once, before gRPC is used. Failed handshakes are warnings, ten a
// second at most.
void ShowGrpcLog();

}  // namespace relaywatch::collector
