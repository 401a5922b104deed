// Buffers of thousands of quiet connections: what gRPC's channel arguments cannot say.
#pragma once

namespace relaywatch::collector {

// For the whole process, from now on; to be called before anything of gRPC's and before there are
// threads. A TLS connection has OpenSSL's two buffers of 16 KiB only while there is something in
// them (SSL_MODE_RELEASE_BUFFERS), and one that waits for its peer keeps a chunk as large as what
// it read last (down to that of its channel arguments) instead of 8 KiB. Experiments of gRPC's that
// the environment names stay as they are.
void KeepSmallBuffers();

}  // namespace relaywatch::collector
