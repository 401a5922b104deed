// The threads that read for those who ask: how many may wait, and that nobody is forgotten.
#include "collector/serve/query_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

class QueryPoolTest : public QueryTest {
 protected:
  std::unique_ptr<QueryPool> StartPool(QueryPool::Limits limits) {
    auto pool = QueryPool::Start(scratch_ / "data", limits);
    EXPECT_TRUE(pool.ok()) << pool.status();
    return *std::move(pool);
  }
};

TEST_F(QueryPoolTest, EachJobHasADeskThatReadsTheStore) {
  Series("office");
  const auto pool = StartPool({2, 8});
  std::promise<std::size_t> series;
  ASSERT_TRUE(pool->Submit([&](Desk& desk) {
                    EXPECT_TRUE(desk.directory.Refresh(desk.reader->database()).ok());
                    series.set_value(desk.directory.series().size());
                  })
                  .ok());
  EXPECT_EQ(series.get_future().get(), 1U);
}

TEST_F(QueryPoolTest, RefusesWhereTooManyWaitButNotWhatWasLetInBefore) {
  std::promise<void> release;
  std::promise<void> begun;
  std::atomic<int> done{0};
  {
    const auto pool = StartPool({1, 2});
    const auto held = release.get_future().share();
    ASSERT_TRUE(pool->Submit([&, held](Desk&) {
                      begun.set_value();
                      held.wait();
                    })
                    .ok());
    begun.get_future().wait();
    const auto count = [&](Desk&) { ++done; };
    EXPECT_TRUE(pool->Submit(count).ok());
    EXPECT_TRUE(pool->Submit(count).ok());
    EXPECT_EQ(pool->Submit(count).code(), absl::StatusCode::kResourceExhausted);
    pool->Continue(count);
    release.set_value();
  }
  EXPECT_EQ(done, 3) << "whoever waits when it ends is answered";
}

TEST_F(QueryPoolTest, NamesTheStoreThatIsMissing) {
  const auto pool = QueryPool::Start(scratch_ / "nowhere", {});
  ASSERT_FALSE(pool.ok());
  EXPECT_NE(std::string(pool.status().message()).find("nowhere"), std::string::npos);
}

}  // namespace
}  // namespace relaywatch::collector::testing
