// Ten thousand strangers at the door who connect and say nothing: agents still come in.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

#include "tests/e2e/enrollment_fixture.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kStrangers = 10'000;
constexpr const char* kTold =
    "tls: a peer was refused: it did not finish the TLS handshake in time";

bool RaiseFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > kStrangers + 500;
}

class Strangers {
 public:
  explicit Strangers(std::uint16_t port) {
    for (int i = 0; i < kStrangers; ++i) {
      if (!Connect(port)) break;
    }
  }
  ~Strangers() {
    for (const int socket : sockets_) close(socket);
  }
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  std::size_t count() const { return sockets_.size(); }
  // How many the collector has hung up on.
  int TurnedAway() const {
    int ended = 0;
    for (const int socket : sockets_) {
      pollfd state{socket, POLLIN, 0};
      char byte = 0;
      if (poll(&state, 1, 0) == 1 && recv(socket, &byte, 1, MSG_DONTWAIT) <= 0) ++ended;
    }
    return ended;
  }

 private:
  bool Connect(std::uint16_t port) {
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockets_.push_back(made);
    return connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  std::vector<int> sockets_;
};

class HalfOpenConnections : public EnrollmentE2e {
 protected:
  void SetUp() override {
    if (!RaiseFileLimit()) GTEST_SKIP() << "the hard limit of open files is too low";
    StartCollector();
    WriteToken();
  }
};

TEST_F(HalfOpenConnections, AtTheAgentsListenerKeepNoAgentOut) {
  const Strangers strangers(agents_port_);
  ASSERT_EQ(strangers.count(), static_cast<std::size_t>(kStrangers));
  StartAgent();
  EXPECT_TRUE(agent_->WaitForOutput("uplink: connected", 60s)) << agent_->Err();
  EXPECT_TRUE(support::Eventually(60s, [&] { return strangers.TurnedAway() == kStrangers; }));
  EXPECT_EQ(Agents().at(0).at("state"), "connected");
  EXPECT_TRUE(collector_->WaitForOutput(kTold, 10s)) << collector_->Err();
}

TEST_F(HalfOpenConnections, AtTheEnrolmentListenerKeepNoAgentOut) {
  const Strangers strangers(enrollment_port_);
  ASSERT_EQ(strangers.count(), static_cast<std::size_t>(kStrangers));
  StartAgent();
  EXPECT_TRUE(agent_->WaitForOutput("uplink: connected", 60s)) << agent_->Err();
  EXPECT_TRUE(support::Eventually(60s, [&] { return strangers.TurnedAway() == kStrangers; }));
  EXPECT_TRUE(collector_->WaitForOutput(kTold, 10s)) << collector_->Err();
}

}  // namespace
}  // namespace relaywatch::e2e
