// What every engine behind the Store interface must do, by the interface alone. Another engine is
// one more row in the table at the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/serve/health.h"
#include "collector/store/patient_store.h"
#include "collector/store/sqlite_store.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kMorning = 1'790'000'000'000;

// An engine on a directory; destroyed and opened again it must tell the same.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Store& store() = 0;
};

struct EngineKind {
  const char* name;
  std::function<std::unique_ptr<Engine>(const std::string& directory)> open;
};

class SqliteEngine : public Engine {
 public:
  explicit SqliteEngine(const std::string& directory) : sqlite_(*SqliteStore::Open(directory)) {}
  Store& store() override { return *sqlite_; }

 private:
  std::unique_ptr<SqliteStore> sqlite_;
};

class PatientEngine : public Engine {
 public:
  explicit PatientEngine(const std::string& directory)
      : sqlite_(directory), patient_(sqlite_.store(), health_) {
    patient_.Stop();  // what fails, fails at once
  }
  Store& store() override { return patient_; }

 private:
  SqliteEngine sqlite_;
  Health health_;
  PatientStore patient_;
};

class StoreConformance : public ::testing::TestWithParam<EngineKind> {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    engine_.reset();
    engine_ = GetParam().open(scratch_ / "data");
  }
  Store& store() { return engine_->store(); }
  void Commit(const CommitSet& set) {
    const auto committed = store().Commit(set);
    ASSERT_TRUE(committed.ok()) << committed;
  }
  // Each check, before and after the engine was opened anew.
  void NowAndLater(const std::function<void()>& check) {
    check();
    Reopen();
    check();
  }

  static SeriesKey Key(std::uint32_t port) {
    return {"hq", "corp",     "mail.example.com", v1::PROTOCOL_SMTP, v1::SECURITY_STARTTLS,
            port, "192.0.2.1"};
  }
  static ResultRow Row(std::int64_t series, std::int64_t seconds, std::int64_t outcome,
                       std::uint32_t flags = 0) {
    ResultRow row;
    row.epoch = 1;
    row.seq = static_cast<std::uint64_t>(seconds);
    row.series = series;
    row.time_ms = kMorning + seconds * 1'000;
    row.outcome = outcome;
    row.flags = flags;
    return row;
  }
  static CommitSet Names() {
    CommitSet set;
    set.agents = {{1, "office", kMorning, "hq"}};
    set.epochs = {{1, 1, 0xfeedfacecafebeef, 7, 0xffffffffffffffff}};
    set.series = {{1, Key(25)}, {2, Key(587)}};
    set.profiles = {{1, "outlook", "definition", kMorning}};
    set.outcomes = {{1, std::string(32, '\0'), std::string("a\0b", 3), v1::STAGE_RCPT, 5},
                    {2, std::string(32, '\xff'), "other", v1::STAGE_CONNECT, 5}};
    set.judgements = {{1, 1, v1::VERDICT_AUTH_MISMATCH, v1::STAGE_AUTH, true}};
    return set;
  }

  support::ScratchDirectory scratch_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(StoreConformance, AnEmptyStoreKnowsNothing) {
  NowAndLater([&] {
    EXPECT_EQ(store().ReadLastIds()->series, 0);
    EXPECT_TRUE(store().ReadAgents()->empty());
    EXPECT_TRUE(store().ReadProfiles()->empty());
    EXPECT_TRUE(store().ReadLatest()->empty());
    EXPECT_EQ(*store().ReadMeta("plan"), "");
    EXPECT_EQ(*store().FindEpoch(1, 1), std::nullopt);
    EXPECT_EQ(*store().FindSeries(Key(25)), std::nullopt);
    EXPECT_EQ(*store().FindOutcome(std::string(32, 'x')), std::nullopt);
    EXPECT_TRUE(absl::IsNotFound(store().ReadFacts(1).status()));
    EXPECT_TRUE(store().ReadJudgements(0, 100)->empty());
    EXPECT_EQ(store().Stats().results, 0);
  });
}

TEST_P(StoreConformance, TellsWhatWasCommitted) {
  CommitSet set = Names();
  set.meta = {{"plan", "17"}};
  Commit(set);
  NowAndLater([&] {
    const auto ids = store().ReadLastIds();
    ASSERT_TRUE(ids.ok());
    EXPECT_THAT((std::vector<std::int64_t>{ids->agent, ids->epoch, ids->series, ids->profile,
                                           ids->outcome}),
                ElementsAre(1, 1, 2, 1, 2));
    EXPECT_EQ(store().ReadAgents()->at(0).location, "hq");
    EXPECT_EQ(store().ReadProfiles()->at(0).definition, "definition");
    EXPECT_EQ(*store().ReadMeta("plan"), "17");
    EXPECT_EQ(*store().FindSeries(Key(587)), 2);
    EXPECT_EQ(*store().FindSeries(Key(465)), std::nullopt);
    EXPECT_EQ(*store().FindOutcome(std::string(32, '\0')), 1);
    EXPECT_EQ(*store().ReadFacts(1), std::string("a\0b", 3));
  });
}

TEST_P(StoreConformance, MarksAreOfOneAgentAndWholeNumbersOf64Bits) {
  Commit(Names());
  NowAndLater([&] {
    const auto epoch = store().FindEpoch(1, 0xfeedfacecafebeef);
    ASSERT_TRUE(epoch.ok() && epoch->has_value());
    EXPECT_EQ((*epoch)->high_water_mark, 7U);
    EXPECT_EQ((*epoch)->stamp, 0xffffffffffffffffU);
    EXPECT_EQ(*store().FindEpoch(2, 0xfeedfacecafebeef), std::nullopt);
  });
}

TEST_P(StoreConformance, WhatIsKnownIsReplaced) {
  Commit(Names());
  CommitSet set;
  set.agents = {{1, "office", kMorning + 1, "vpn"}};
  set.epochs = {{1, 1, 0xfeedfacecafebeef, 9, 1}};
  set.profiles = {{1, "outlook", "another", kMorning + 1}};
  set.meta = {{"plan", "18"}};
  Commit(set);
  set.meta = {{"plan", "19"}};
  Commit(set);
  NowAndLater([&] {
    ASSERT_EQ(store().ReadAgents()->size(), 1U);
    EXPECT_EQ(store().ReadAgents()->at(0).location, "vpn");
    EXPECT_EQ((*store().FindEpoch(1, 0xfeedfacecafebeef))->high_water_mark, 9U);
    EXPECT_EQ(store().ReadProfiles()->at(0).definition, "another");
    EXPECT_EQ(*store().ReadMeta("plan"), "19");
  });
}

TEST_P(StoreConformance, ACommitThatFailsLeavesNothingAndMayBeTriedAgain) {
  Commit(Names());
  CommitSet bad;
  bad.epochs = {{1, 1, 0xfeedfacecafebeef, 99}};
  bad.results = {Row(1, 8, 1)};
  bad.series = {{3, Key(25)}};  // the same path under another number
  EXPECT_FALSE(store().Commit(bad).ok());
  NowAndLater([&] {
    EXPECT_EQ((*store().FindEpoch(1, 0xfeedfacecafebeef))->high_water_mark, 7U);
    EXPECT_EQ(store().Stats().results, 0);
  });
  bad.series[0].key = Key(465);
  Commit(bad);
  EXPECT_EQ(store().Stats().results, 1);
  EXPECT_EQ(*store().FindSeries(Key(465)), 3);
}

TEST_P(StoreConformance, OutcomesAreVisitedInOrderAPageAtATime) {
  Commit(Names());
  std::vector<std::int64_t> seen;
  const auto collect = [&](std::int64_t id, std::string_view facts) {
    seen.push_back(id);
    EXPECT_EQ(facts.size(), id == 1 ? 3U : 5U);
  };
  EXPECT_TRUE(store().ForEachOutcome(0, 1, collect).ok());
  EXPECT_THAT(seen, ElementsAre(1));
  EXPECT_TRUE(store().ForEachOutcome(1, 10, collect).ok());
  EXPECT_THAT(seen, ElementsAre(1, 2));
  EXPECT_TRUE(store().ForEachOutcome(2, 10, collect).ok());
  EXPECT_EQ(seen.size(), 2U);
}

TEST_P(StoreConformance, AJudgementIsReplacedByTheLastOne) {
  Commit(Names());
  CommitSet set;
  const JudgementRow now{1, 1, v1::VERDICT_OK, v1::STAGE_UNSPECIFIED, true};
  set.rejudgements = {{now, kMorning + 1}};
  set.judgements = {{2, 1, v1::VERDICT_AUTH_MISMATCH, v1::STAGE_AUTH, false}};
  Commit(set);
  NowAndLater([&] {
    const auto rows = store().ReadJudgements(1, 2);
    ASSERT_TRUE(rows.ok());
    EXPECT_THAT(*rows, ElementsAre(now, set.judgements[0]));
    EXPECT_THAT(*store().ReadJudgements(2, 2), ElementsAre(set.judgements[0]));
  });
}

TEST_P(StoreConformance, TheLatestIsTheNewestThatVotesWhateverIsMaintained) {
  Commit(Names());
  CommitSet set;
  set.results = {Row(1, 10, 1), Row(1, 20, 2), Row(1, 30, 1, kMoved), Row(2, 5, 1),
                 Row(2, 6, 2, kBacklog)};
  set.latest = {{1, kMorning + 20'000, 2}, {2, kMorning + 5'000, 1}};
  set.latest_complete = true;
  Commit(set);
  CommitSet tail;
  tail.results = {Row(2, 40, 2)};
  Commit(tail);
  const auto check = [&] {
    std::vector<std::pair<std::int64_t, std::int64_t>> latest;
    const auto states = store().ReadLatest();
    ASSERT_TRUE(states.ok()) << states.status();
    for (const LatestState& state : *states) {
      latest.emplace_back(state.series.id, state.outcome);
      EXPECT_EQ(state.series.key, Key(state.series.id == 1 ? 25 : 587));
    }
    EXPECT_THAT(latest, UnorderedElementsAre(std::pair(1, 2), std::pair(2, 2)));
    EXPECT_EQ(store().Stats().results, 6);
  };
  NowAndLater(check);
  std::int64_t now_ms = kMorning;
  for (int look = 0; look < 400; ++look) {
    const auto more = store().Maintain(now_ms += 60'000);
    ASSERT_TRUE(more.ok()) << more.status();
  }
  NowAndLater(check);
}

TEST_P(StoreConformance, MaintenanceComesToAnEnd) {
  Commit(Names());
  CommitSet set;
  for (int i = 0; i < 2'000; ++i) set.results.push_back(Row(1 + i % 2, i, 1));
  Commit(set);
  ASSERT_TRUE(store().Maintain(kMorning).ok());
  int steps = 0;
  for (auto more = store().Maintain(kMorning + 90'000'000); *more; ++steps) {
    more = store().Maintain(kMorning + 90'000'000);
    ASSERT_TRUE(more.ok()) << more.status();
    ASSERT_LT(steps, 10'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformance,
                         ::testing::Values(EngineKind{"Sqlite",
                                                      [](const std::string& d) {
                                                        return std::make_unique<SqliteEngine>(d);
                                                      }},
                                           EngineKind{"PatientOverSqlite",
                                                      [](const std::string& d) {
                                                        return std::make_unique<PatientEngine>(d);
                                                      }}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace relaywatch::collector
