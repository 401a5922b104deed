// gRPC's own words in our log. Why a peer did not get past the TLS handshake only gRPC knows, and
// whoever looks for the reason of an agent's silence looks here; the rest is for debugging.
#pragma once

#include <string>
#include <string_view>

namespace relaywatch::collector {

// For the whole process; called once, before gRPC is used. Failed handshakes of peers are warnings,
// ten a second at most.
void ShowGrpcLog();

// Why a peer's handshake failed, where that is what a line of gRPC 1.51 tells; else empty. Pure.
std::string HandshakeFailure(std::string_view line);

}  // namespace relaywatch::collector
