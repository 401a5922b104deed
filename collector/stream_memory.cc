#include "collector/stream_memory.h"

#include <openssl/ssl.h>

#include <cstdlib>

namespace relaywatch::collector {
namespace {

// OpenSSL calls it for every new SSL_CTX (CRYPTO_get_ex_new_index(3)), after it has set the mode;
// connections take theirs from it.
void OnNewContext(void* parent, void* /*value*/, CRYPTO_EX_DATA* /*data*/, int /*index*/,
                  long /*argl*/, void* /*argp*/) {
  SSL_CTX_set_mode(static_cast<SSL_CTX*>(parent), SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

void KeepSmallBuffers() {
  SSL_CTX_get_ex_new_index(0, nullptr, OnNewContext, nullptr, nullptr);
  // gRPC 1.51 reads in chunks of 8 or 64 KiB, by an experiment that is on unless told otherwise.
  setenv("GRPC_EXPERIMENTS", "-tcp_read_chunks", 0);
}

}  // namespace relaywatch::collector
