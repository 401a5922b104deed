#include "agent/probe/connection.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

namespace relaywatch::probe {
namespace {

using asio::ip::tcp;

// A server that closes every connection with a reset as soon as it stands, and a client that does
// not get to look before that.
class ResetWhileConnectingTest : public ::testing::Test {
 protected:
  using Step = asio::awaitable<Fault> (*)(Connection&);

  // Connects, then takes the step; the faults of both.
  std::pair<Fault, Fault> ConnectThen(Step step) {
    std::pair<Fault, Fault> faults;
    Connection connection(io_, std::chrono::steady_clock::now() + std::chrono::seconds(5), 1'000);
    bool is_done = false;
    const auto run = [&]() -> asio::awaitable<void> {
      faults.first = co_await connection.Connect(listener_.local_endpoint(), std::nullopt,
                                                 std::chrono::seconds(5));
      faults.second = co_await step(connection);
      is_done = true;
    };
    asio::co_spawn(io_, run(), asio::detached);
    while (!IsAskedFor()) io_.poll_one();
    ResetWhoeverConnects();
    while (!is_done) io_.run_one();
    connection.Close();
    return faults;
  }

  asio::io_context io_{1};

 private:
  bool IsAskedFor() {
    pollfd descriptor{.fd = listener_.native_handle(), .events = POLLIN, .revents = 0};
    return ::poll(&descriptor, 1, 0) == 1;
  }

  void ResetWhoeverConnects() {
    tcp::socket accepted = listener_.accept();
    accepted.set_option(asio::socket_base::linger(true, 0));
    accepted.close();
  }

  tcp::acceptor listener_{io_, {asio::ip::address_v4::loopback(), 0}};
};

TEST_F(ResetWhileConnectingTest, IsTheFirstReadsToTell) {
  const auto [connect, read] = ConnectThen(
      [](Connection& connection) -> asio::awaitable<Fault> { return connection.WaitReadable(); });
  EXPECT_FALSE(connect) << connect.detail;
  EXPECT_EQ(read.failure, v1::FAILURE_RESET);
}

TEST_F(ResetWhileConnectingTest, IsTheHandshakesToTellWhereTlsComesFirst) {
  const auto [connect,
              handshake] = ConnectThen([](Connection& connection) -> asio::awaitable<Fault> {
    const auto context = TlsContext::Create("");
    co_return co_await connection.Handshake(**context, "mail.example.com", std::chrono::seconds(5));
  });
  EXPECT_FALSE(connect) << connect.detail;
  EXPECT_EQ(handshake.failure, v1::FAILURE_RESET);
}

}  // namespace
}  // namespace relaywatch::probe
