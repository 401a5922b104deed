#include "collector/stream_memory.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

namespace relaywatch::collector {
namespace {

TEST(KeepSmallBuffers, HoldsForEveryNewConnection) {
  KeepSmallBuffers();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                  SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> connection(SSL_new(context.get()), SSL_free);
  EXPECT_NE(SSL_get_mode(connection.get()) & SSL_MODE_RELEASE_BUFFERS, 0);
}

}  // namespace
}  // namespace relaywatch::collector
