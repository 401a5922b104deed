#include "collector/grpc_log.h"

#include <gtest/gtest.h>

namespace relaywatch::collector {
namespace {

struct Case {
  const char* name;
  const char* line;
  const char* failure;
};

class HandshakeFailureTest : public ::testing::TestWithParam<Case> {};

TEST_P(HandshakeFailureTest, IsToldInOurWords) {
  EXPECT_EQ(HandshakeFailure(GetParam().line), GetParam().failure);
}

// Lines of gRPC 1.51.1, shortened in file names.
const Case kCases[] = {
    {"OpenSslsReason",
     "Handshaking failed: UNKNOWN:Ssl handshake failed: SSL_ERROR_SSL: error:0A0000C7:SSL "
     "routines::peer did not return a certificate {file:\"a.cc\", tsi_code:10}",
     "peer did not return a certificate"},
    {"Silence",
     "Handshaking failed: UNKNOWN:Handshake read failed {file_line:487, children:[UNKNOWN:FD "
     "Shutdown {file_line:200, children:[UNKNOWN:Handshake timed out {file_line:167}]}]}",
     "it did not finish the TLS handshake in time"},
    {"HangingUp",
     "Handshaking failed: UNKNOWN:Handshake read failed {file_line:487, children:[INTERNAL:Socket "
     "closed {target_address:\"ipv4:127.0.0.1:45714\", grpc_status:14, fd:19}]}",
     "ipv4:127.0.0.1:45714 hung up in the TLS handshake; does it trust our certificate?"},
    {"WhatGrpcMayYetSay", "Handshaking failed: UNKNOWN:something",
     "Handshaking failed: UNKNOWN:something"},
    {"OurOwnHandshakes", "Security handshake failed: UNKNOWN:Handshake read failed {}", ""},
    {"AnythingElse", "Callback server.", ""},
};
INSTANTIATE_TEST_SUITE_P(Table, HandshakeFailureTest, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace relaywatch::collector
