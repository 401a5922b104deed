#include "agent/probe/fault.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace relaywatch::probe {
namespace {

std::error_code Errno(int number) { return {number, std::system_category()}; }

TEST(ConnectFault, TellsTheServerFromTheNetworkFromThisHost) {
  struct Case {
    int error;
    v1::Failure failure;
  };
  for (const Case& c : {
           Case{ECONNREFUSED, v1::FAILURE_CONNECT_REFUSED},
           Case{ETIMEDOUT, v1::FAILURE_CONNECT_TIMEOUT},
           Case{EHOSTUNREACH, v1::FAILURE_CONNECT_UNREACHABLE},
           Case{ENETUNREACH, v1::FAILURE_CONNECT_UNREACHABLE},
           Case{EACCES, v1::FAILURE_CONNECT_UNREACHABLE},
           Case{EPERM, v1::FAILURE_CONNECT_UNREACHABLE},
           Case{ENOPROTOOPT, v1::FAILURE_CONNECT_UNREACHABLE},
           Case{EADDRNOTAVAIL, v1::FAILURE_LOCAL},
           Case{EMFILE, v1::FAILURE_LOCAL},
       }) {
    EXPECT_EQ(ConnectFault(Errno(c.error)).failure, c.failure) << c.error;
    EXPECT_FALSE(ConnectFault(Errno(c.error)).detail.empty());
  }
}

TEST(StreamFault, OfAResetBehindAnEndOfFileIsTheEndOfFile) {
  EXPECT_EQ(StreamFault(Errno(ECONNRESET)).failure, v1::FAILURE_RESET);
  EXPECT_EQ(StreamFault(Errno(EPIPE)).failure, v1::FAILURE_CLOSED);
  EXPECT_EQ(StreamFault(Errno(ETIMEDOUT)).failure, v1::FAILURE_REPLY_TIMEOUT);
}

TEST(EndingOf, FollowsTheFailure) {
  EXPECT_EQ(EndingOf(v1::FAILURE_CLOSED), v1::ENDING_CLOSED);
  EXPECT_EQ(EndingOf(v1::FAILURE_RESET), v1::ENDING_RESET);
  EXPECT_EQ(EndingOf(v1::FAILURE_REPLY_TIMEOUT), v1::ENDING_TIMEOUT);
  EXPECT_EQ(EndingOf(v1::FAILURE_CONNECT_TIMEOUT), v1::ENDING_TIMEOUT);
  EXPECT_EQ(EndingOf(v1::FAILURE_GRAMMAR), v1::ENDING_ERROR);
}

TEST(Fault, IsNoneByDefault) { EXPECT_FALSE(Fault{}); }

}  // namespace
}  // namespace relaywatch::probe
