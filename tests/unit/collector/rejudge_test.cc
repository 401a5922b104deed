// All of history judged again: what changes, what stays tellable, and that only what differs is
// written.
#include "collector/ingest/rejudge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "collector/store/sqlite_store.h"
#include "common/judge/judge.h"
#include "tests/support/scratch.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kMorning = 1'790'000'000'000;
constexpr std::int64_t kOutcomes = 30;

class RejudgeTest : public ::testing::Test {
 protected:
  // Outcomes that were never judged; every tenth is damaged.
  void SetUp() override {
    store_ = *SqliteStore::Open(scratch_ / "data");
    CommitSet set;
    for (std::int64_t id = 1; id <= kOutcomes; ++id) {
      v1::Facts facts;
      facts.set_stage(v1::STAGE_CONNECT);
      facts.set_detail("Connection refused " + std::to_string(id));
      const bool damaged = id % 10 == 0;
      set.outcomes.push_back({id, "digest" + std::to_string(id),
                              damaged ? "\xff\xff" : facts.SerializeAsString(), v1::STAGE_CONNECT,
                              kMorning});
    }
    for (const auto& profile : judge::BuiltInProfiles()) {
      profiles_.push_back({static_cast<std::int64_t>(profiles_.size()) + 1, profile});
      set.profiles.push_back({profiles_.back().id, profile.name, "definition", kMorning});
    }
    ASSERT_TRUE(store_->Commit(set).ok());
  }

  RejudgeReport JudgeAll(std::int64_t now_ms, std::int64_t limit = 7) {
    Rejudge rejudge(now_ms);
    while (true) {
      CommitSet set;
      const auto more = rejudge.Next(profiles_, limit, *store_, set);
      EXPECT_TRUE(more.ok()) << more.status();
      EXPECT_TRUE(set.empty() || store_->Commit(set).ok());
      if (!more.ok() || !*more) return rejudge.report();
    }
  }
  std::int64_t Sql(const std::string& query) {
    auto database = sqlite::Database::OpenReadOnly(scratch_ / "data/relaywatch.db");
    const auto value = database->Integer(query);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.value_or(-1);
  }

  support::ScratchDirectory scratch_;
  std::unique_ptr<SqliteStore> store_;
  std::vector<StoredProfile> profiles_;
};

TEST_F(RejudgeTest, WhatWasNeverJudgedIsAdded) {
  const RejudgeReport report = JudgeAll(kMorning);
  EXPECT_EQ(report.outcomes, 27);
  EXPECT_EQ(report.added, 27 * static_cast<std::int64_t>(profiles_.size()));
  EXPECT_TRUE(report.changes.empty());
  EXPECT_EQ(Sql("SELECT count(*) FROM judgement"), report.added);
}

TEST_F(RejudgeTest, NothingIsWrittenWhereNothingDiffers) {
  JudgeAll(kMorning);
  const RejudgeReport again = JudgeAll(kMorning + 1);
  EXPECT_EQ(again.outcomes, 27);
  EXPECT_EQ(again.added, 0);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(Sql("SELECT count(*) FROM past_judgement"), 0);
}

TEST_F(RejudgeTest, WhatWasJudgedOtherwiseStaysTellable) {
  JudgeAll(kMorning);
  const v1::Verdict now = (*store_->ReadJudgements(5, 5))[0].verdict;
  CommitSet set;
  JudgementRow old = (*store_->ReadJudgements(5, 5))[0];
  old.verdict = v1::VERDICT_AUTH_MISMATCH;
  set.judgements.push_back(old);
  ASSERT_TRUE(store_->Commit(set).ok());
  const RejudgeReport report = JudgeAll(kMorning + 60'000);
  ASSERT_EQ(report.changes.size(), 1U);
  EXPECT_EQ(report.changes.begin()->first,
            std::tuple(profiles_[0].profile.name, v1::VERDICT_AUTH_MISMATCH, now));
  EXPECT_EQ(report.changes.begin()->second, 1);
  EXPECT_EQ((*store_->ReadJudgements(5, 5))[0].verdict, now);
  const std::string then =
      "SELECT count(*) FROM judgements_then WHERE outcome = 5 AND profile = '" +
      profiles_[0].profile.name + "' AND ";
  EXPECT_EQ(Sql(then + "verdict = 'auth_mismatch' AND since_ms = 1790000000000 AND until_ms = "
                       "1790000060000"),
            1);
  EXPECT_EQ(Sql(then + "verdict <> 'auth_mismatch' AND since_ms = 1790000060000 AND until_ms IS "
                       "NULL"),
            1);
}

}  // namespace
}  // namespace relaywatch::collector
