#include "agent/probe/cares_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <memory>
#include <utility>

#include "tests/unit/probe/name_server.h"

namespace relaywatch::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CaresResolverTest : public ::testing::Test {
 protected:
  void Serve(ZoneAnswer answer) {
    server_ = std::make_unique<NameServer>(io_, std::move(answer));
    resolver_ = std::make_unique<CaresResolver>(io_, server_->Address());
  }

  // The addresses as text; the fault is kept.
  std::vector<std::string> Resolve(const std::string& host,
                                   AddressFamily family = AddressFamily::kAny,
                                   std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    Resolution resolution;
    asio::co_spawn(
        io_,
        [&]() -> asio::awaitable<void> {
          resolution =
              co_await resolver_->Resolve(host, family, std::chrono::steady_clock::now() + limit);
          io_.stop();
        },
        asio::detached);
    io_.restart();
    io_.run();
    fault_ = resolution.fault;
    std::vector<std::string> texts;
    for (const auto& address : resolution.addresses) texts.push_back(address.to_string());
    return texts;
  }

  asio::io_context io_;
  std::unique_ptr<NameServer> server_;
  std::unique_ptr<CaresResolver> resolver_;
  Fault fault_;
};

TEST_F(CaresResolverTest, FindsAddressesOfBothFamilies) {
  Serve({.addresses = {"127.0.0.7", "::1", "127.0.0.7"}});
  EXPECT_THAT(Resolve("mail.example.com."), UnorderedElementsAre("127.0.0.7", "::1"));
  EXPECT_FALSE(fault_);
}

TEST_F(CaresResolverTest, AsksForOneFamilyOnly) {
  Serve({.addresses = {"127.0.0.7", "::1"}});
  EXPECT_THAT(Resolve("mail.example.com.", AddressFamily::kIpv4), ElementsAre("127.0.0.7"));
  EXPECT_THAT(Resolve("mail.example.com.", AddressFamily::kIpv6), ElementsAre("::1"));
  EXPECT_EQ(server_->questions(), 2);
}

TEST_F(CaresResolverTest, OrdersAddressesAsRfc6724Says) {
  // RFC 6724, section 6: rule 1 where no route leads to the first one, rule 8 where one does.
  Serve({.addresses = {"2001:db8::7", "::1"}});
  EXPECT_THAT(Resolve("mail.example.com.", AddressFamily::kIpv6),
              ElementsAre("::1", "2001:db8::7"));
}

TEST_F(CaresResolverTest, TellsANameWithoutAddressFromNoAnswer) {
  Serve({.rcode = ZoneAnswer::Rcode::kNoSuchName});
  EXPECT_THAT(Resolve("mail.example.com."), IsEmpty());
  EXPECT_EQ(fault_.failure, v1::FAILURE_NO_ADDRESS);
  Serve({});
  Resolve("mail.example.com.");
  EXPECT_EQ(fault_.failure, v1::FAILURE_NO_ADDRESS);
  Serve({.rcode = ZoneAnswer::Rcode::kServerFailure});
  Resolve("mail.example.com.");
  EXPECT_EQ(fault_.failure, v1::FAILURE_DNS_NO_ANSWER);
}

TEST_F(CaresResolverTest, GivesUpAtItsDeadline) {
  Serve({.silent = true});
  EXPECT_THAT(Resolve("mail.example.com.", AddressFamily::kAny, std::chrono::milliseconds(50)),
              IsEmpty());
  EXPECT_EQ(fault_.failure, v1::FAILURE_DNS_NO_ANSWER);
  EXPECT_GT(server_->questions(), 0);
  resolver_.reset();  // with a question still out
}

TEST_F(CaresResolverTest, ReadsTheHostsFileFirst) {
  Serve({.silent = true});
  EXPECT_THAT(Resolve("localhost", AddressFamily::kIpv4), ElementsAre("127.0.0.1"));
  EXPECT_EQ(server_->questions(), 0);
}

TEST_F(CaresResolverTest, RefusesANameThatIsNone) {
  Serve({});
  Resolve("bad..name");
  EXPECT_EQ(fault_.failure, v1::FAILURE_NO_ADDRESS);
  Resolve(std::string(300, 'a'));
  EXPECT_EQ(fault_.failure, v1::FAILURE_NO_ADDRESS);
}

TEST_F(CaresResolverTest, ServesManyNamesAtOnce) {
  Serve({.addresses = {"127.0.0.7"}});
  int found = 0;
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(
        io_,
        [&, i]() -> asio::awaitable<void> {
          const Resolution resolution = co_await resolver_->Resolve(
              "mail" + std::to_string(i) + ".example.com.", AddressFamily::kIpv4,
              std::chrono::steady_clock::now() + std::chrono::seconds(5));
          found += static_cast<int>(resolution.addresses.size());
          if (found == 50) io_.stop();
        },
        asio::detached);
  }
  io_.run();
  EXPECT_EQ(found, 50);
}

// Runs one lookup to its end.
template <typename Answer>
Answer RunLookup(asio::io_context& io, asio::awaitable<Answer> lookup) {
  Answer answer;
  asio::co_spawn(io, std::move(lookup), [&](const std::exception_ptr&, Answer done) {
    answer = std::move(done);
    io.stop();
  });
  io.restart();
  io.run();
  return answer;
}

std::chrono::steady_clock::time_point In(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

constexpr std::chrono::seconds kPatience{5};

TEST_F(CaresResolverTest, FindsServiceRecords) {
  Serve({.services = {{10, 5, 587, "smtp.example.com"}, {20, 0, 2587, ""}}});
  const auto answer =
      RunLookup(io_, resolver_->LookUpServices("_submission._tcp.example.com", In(kPatience)));
  EXPECT_FALSE(answer.fault) << answer.fault.detail;
  ASSERT_EQ(answer.records.size(), 2u);
  EXPECT_EQ(answer.records[0].priority, 10);
  EXPECT_EQ(answer.records[0].weight, 5);
  EXPECT_EQ(answer.records[0].port, 587);
  EXPECT_EQ(answer.records[0].target, "smtp.example.com");
  EXPECT_EQ(answer.records[1].target, "");
}

TEST_F(CaresResolverTest, FindsMailExchangers) {
  Serve({.exchangers = {{10, "mx1.example.com"}, {20, "mx2.example.com"}}});
  const auto answer = RunLookup(io_, resolver_->LookUpExchangers("example.com", In(kPatience)));
  EXPECT_FALSE(answer.fault) << answer.fault.detail;
  ASSERT_EQ(answer.records.size(), 2u);
  EXPECT_EQ(answer.records[1].preference, 20);
  EXPECT_EQ(answer.records[1].host, "mx2.example.com");
}

TEST_F(CaresResolverTest, TakesNoRecordForAnAnswerAndSilenceForNone) {
  for (const auto rcode : {ZoneAnswer::Rcode::kNoSuchName, ZoneAnswer::Rcode::kNoError}) {
    Serve({.rcode = rcode});
    const auto answer = RunLookup(io_, resolver_->LookUpExchangers("example.com", In(kPatience)));
    EXPECT_FALSE(answer.fault) << answer.fault.detail;
    EXPECT_THAT(answer.records, IsEmpty());
  }
  Serve({.silent = true});
  const auto answer = RunLookup(
      io_, resolver_->LookUpServices("_imap._tcp.example.com", In(std::chrono::milliseconds(50))));
  EXPECT_EQ(answer.fault.failure, v1::FAILURE_DNS_NO_ANSWER);
}

}  // namespace
}  // namespace relaywatch::probe
