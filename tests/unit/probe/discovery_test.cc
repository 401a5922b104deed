#include "agent/probe/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <map>
#include <utility>

#include "common/taxonomy.h"

namespace relaywatch::probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using TimePoint = std::chrono::steady_clock::time_point;

// What a domain publishes; a name that is not in it has no record.
class FixedRecords final : public ServiceRecords {
 public:
  std::map<std::string, Records<ServiceRecord>> services;
  Records<ExchangerRecord> exchangers;

  asio::awaitable<Records<ServiceRecord>> LookUpServices(std::string name, TimePoint) override {
    co_return services[name];
  }
  asio::awaitable<Records<ExchangerRecord>> LookUpExchangers(std::string, TimePoint) override {
    co_return exchangers;
  }
};

class DiscoveryTest : public ::testing::Test {
 protected:
  // "smtp tls smtp.example.com:465 _submissions._tcp", in order.
  std::vector<std::string> Find() {
    asio::io_context io;
    asio::co_spawn(io, Discover(records_, "example.com", TimePoint::max()),
                   [this](const std::exception_ptr&, Discovery done) { found_ = std::move(done); });
    io.run();
    std::vector<std::string> lines;
    for (const Service& service : found_.services) {
      lines.push_back(std::string(Label(service.protocol)) + " " +
                      std::string(Label(service.security)) + " " + service.host + ":" +
                      std::to_string(service.port) + " " + service.record);
    }
    return lines;
  }

  FixedRecords records_;
  Discovery found_;
};

TEST_F(DiscoveryTest, FindsEveryKindOfService) {
  records_.services["_submissions._tcp.example.com"] = {{{0, 1, 465, "smtp.example.com"}}, {}};
  records_.services["_submission._tcp.example.com"] = {{{0, 1, 587, "smtp.example.com"}}, {}};
  records_.services["_imaps._tcp.example.com"] = {{{0, 1, 993, "imap.example.com"}}, {}};
  records_.services["_imap._tcp.example.com"] = {{{0, 1, 143, "imap.example.com"}}, {}};
  records_.services["_pop3s._tcp.example.com"] = {{{0, 1, 995, "pop.example.com"}}, {}};
  records_.services["_pop3._tcp.example.com"] = {{{0, 1, 110, "pop.example.com"}}, {}};
  records_.exchangers.records = {{10, "mx.example.com"}};
  EXPECT_THAT(Find(), ElementsAre("smtp tls smtp.example.com:465 _submissions._tcp",
                                  "smtp auto smtp.example.com:587 _submission._tcp",
                                  "smtp auto mx.example.com:25 MX",
                                  "imap tls imap.example.com:993 _imaps._tcp",
                                  "imap auto imap.example.com:143 _imap._tcp",
                                  "pop3 tls pop.example.com:995 _pop3s._tcp",
                                  "pop3 auto pop.example.com:110 _pop3._tcp"));
  EXPECT_THAT(found_.unanswered, IsEmpty());
}

TEST_F(DiscoveryTest, OrdersAsClientsDo) {
  records_.services["_submission._tcp.example.com"] = {
      {{20, 9, 587, "c.example.com"}, {10, 1, 587, "b.example.com"}, {10, 5, 587, "a.example.com"}},
      {}};
  records_.exchangers.records = {{20, "mx2.example.com"}, {10, "mx1.example.com"}};
  EXPECT_THAT(Find(),
              ElementsAre("smtp auto a.example.com:587 _submission._tcp",
                          "smtp auto b.example.com:587 _submission._tcp",
                          "smtp auto c.example.com:587 _submission._tcp",
                          "smtp auto mx1.example.com:25 MX", "smtp auto mx2.example.com:25 MX"));
}

TEST_F(DiscoveryTest, TakesTheDomainItselfWithoutExchangers) {
  EXPECT_THAT(Find(), ElementsAre("smtp auto example.com:25 implicit MX"));
}

TEST_F(DiscoveryTest, FindsNobodyWhereTheDomainSaysSo) {
  records_.exchangers.records = {{0, ""}};                              // RFC 7505
  records_.services["_imap._tcp.example.com"] = {{{0, 0, 0, ""}}, {}};  // RFC 2782, "."
  EXPECT_THAT(Find(), IsEmpty());
}

TEST_F(DiscoveryTest, TellsTheSameServiceOnce) {
  records_.services["_submission._tcp.example.com"] = {
      {{10, 0, 25, "mx.example.com"}, {20, 0, 25, "mx.example.com"}}, {}};
  records_.exchangers.records = {{10, "mx.example.com"}};
  EXPECT_THAT(Find(), ElementsAre("smtp auto mx.example.com:25 _submission._tcp"));
}

TEST_F(DiscoveryTest, SaysWhatCouldNotBeAsked) {
  records_.services["_imap._tcp.example.com"].fault = {v1::FAILURE_DNS_NO_ANSWER, "timeout"};
  records_.exchangers.fault = {v1::FAILURE_DNS_NO_ANSWER, "refused"};
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(found_.unanswered,
              ElementsAre("example.com MX: refused", "_imap._tcp.example.com: timeout"));
}

}  // namespace
}  // namespace relaywatch::probe
