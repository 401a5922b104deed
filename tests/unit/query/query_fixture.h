// A store with rows as commits write them, and a desk to ask questions at. Times are seconds after
// a morning in 2026. Confined to the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/query/inquiry.h"
#include "collector/store/sqlite_store.h"
#include "relaywatch/v1/query.pb.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector::testing {

inline constexpr std::int64_t kMorning = 1'790'000'400'000;  // a whole ten minutes

class QueryTest : public ::testing::Test {
 protected:
  QueryTest();

  // A path from `location` to corp-mail; made when first named.
  std::int64_t Series(const std::string& location, std::uint32_t port = 587,
                      const std::string& endpoint = "corp-mail",
                      const std::string& address = "192.0.2.1");
  // One epoch an agent; made when first named.
  std::int64_t Epoch(const std::string& agent);
  std::int64_t Outcome(const v1::Facts& facts);

  void Add(std::int64_t series, const std::string& agent, std::int64_t seconds,
           std::int64_t outcome, std::uint32_t flags = 0);
  // Every minute from `from` on.
  void AddMinutes(std::int64_t series, const std::string& agent, std::int64_t from, int count,
                  std::int64_t outcome);

  // What is in the store by now, asked at this second.
  Inquiry Ask(std::int64_t seconds = 7200);

  static google::protobuf::Timestamp At(std::int64_t seconds);

  support::ScratchDirectory scratch_;
  std::unique_ptr<SqliteStore> store_;
  Desk desk_;
  Judging judging_;
  std::vector<AgentHost> hosts_;
  std::atomic<bool> is_unwanted_{false};

 private:
  std::map<std::string, std::int64_t> series_;
  std::map<std::string, std::int64_t> epochs_;
  std::map<std::string, std::int64_t> outcomes_;
  std::uint64_t seq_ = 0;
};

// What a submission service shows a way to it that has STARTTLS taken out.
v1::Facts StrippedFacts();

}  // namespace relaywatch::collector::testing
