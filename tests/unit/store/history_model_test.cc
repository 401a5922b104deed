// The store against a plain model in memory: random commits, folding that is interrupted anywhere,
// crashes. Whatever happened, every result is there once, in SQL and in reads, and the states at
// any moment are those of the results.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <random>

#include "tests/unit/store/history_fixture.h"

namespace relaywatch::collector::testing {
namespace {

constexpr std::int64_t kSeries = 7;
constexpr std::int64_t kEpochs = 3;
constexpr std::int64_t kOutcomes = 5;

class HistoryModelTest : public HistoryFixture, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::int64_t Roll(std::int64_t sides) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(sides));
  }

  ResultRow RandomRow() {
    ResultRow row;
    row.epoch = 1 + Roll(kEpochs);
    row.seq = ++seq_[row.epoch];
    row.series = 1 + Roll(kSeries);
    now_ms_ += Roll(4'000);
    const bool late = Roll(20) == 0;
    row.time_ms = now_ms_ - Roll(late ? 3'600'000 : 3'000);
    // Mostly what the series showed before, and one that flaps.
    row.outcome = row.series == 1 || Roll(15) == 0 ? 1 + Roll(kOutcomes) : 1;
    row.flags = late ? kBacklog : Roll(12) == 0 ? static_cast<std::uint32_t>(Roll(8)) : 0;
    const auto stages = static_cast<std::size_t>(Roll(kStageCount + 1));
    for (std::size_t i = 0; i < stages; ++i) {
      row.stage_us[i] = static_cast<std::uint32_t>(Roll(std::int64_t{1} << Roll(27)));
    }
    return row;
  }

  void Commit() {
    CommitSet set;
    for (std::int64_t i = Roll(40); i >= 0; --i) set.results.push_back(RandomRow());
    set.latest_complete = Roll(3) == 0;
    ASSERT_TRUE(store_->Commit(set).ok());
    model_.insert(model_.end(), set.results.begin(), set.results.end());
  }

  void Maintain() {
    for (std::int64_t i = Roll(30); i > 0; --i) ASSERT_TRUE(store_->Maintain(now_ms_).ok());
  }

  // What a kill leaves: the files as they are between two steps.
  void Crash() {
    const std::string copy = scratch_ / "copy";
    std::filesystem::copy(directory(), copy);
    store_.reset();
    std::filesystem::remove_all(directory());
    std::filesystem::rename(copy, directory());
    Open();
  }

  // Of the model, those that were folded rounded.
  std::vector<ResultRow> Expected(const ResultRange& range) {
    const std::int64_t folded = Sql("SELECT value FROM meta WHERE key = 'folded_upto'");
    std::vector<ResultRow> rows;
    for (std::size_t i = 0; i < model_.size(); ++i) {
      const ResultRow& row = model_[i];
      if (row.time_ms < range.since_ms || row.time_ms >= range.until_ms) continue;
      if (!range.series.empty() && std::ranges::count(range.series, row.series) == 0) continue;
      rows.push_back(static_cast<std::int64_t>(i) < folded ? Rounded(row) : row);
    }
    std::ranges::sort(rows, {}, OrderOf);
    return rows;
  }

  void ExpectSameResults(const ResultRange& range) {
    const auto expected = Expected(range);
    const auto read = Scan(range);
    ASSERT_EQ(read.size(), expected.size());
    for (std::size_t i = 0; i < read.size(); ++i) ASSERT_EQ(Whole(read[i]), Whole(expected[i]));
  }

  void ExpectSameSql() {
    const auto expected = Expected({});
    auto database = sqlite::Database::OpenReadOnly(file());
    auto rows = sqlite::Statement::Prepare(
        *database,
        "SELECT port, time_ms, epoch, seq, outcome, moved, captive_portal, lane = 'backlog',"
        " total_us, resolve_us, quit_us, rcpt_us IS NULL, period_first_ms <= time_ms AND "
        "time_ms <= period_last_ms FROM results ORDER BY port, time_ms, epoch, seq");
    ASSERT_TRUE(rows.ok()) << rows.status();
    for (const ResultRow& row : expected) {
      ASSERT_TRUE(*rows->Step());
      std::int64_t total = 0;
      for (const std::uint32_t us : row.stage_us) total += us;
      const std::int64_t values[] = {row.series,
                                     row.time_ms,
                                     row.epoch,
                                     static_cast<std::int64_t>(row.seq),
                                     row.outcome,
                                     row.flags & kMoved,
                                     (row.flags & kPortal) / kPortal,
                                     (row.flags & kBacklog) / kBacklog,
                                     total,
                                     row.stage_us[0],
                                     row.stage_us[kStageCount - 1],
                                     row.stage_us[StageIndex(v1::STAGE_RCPT)] == 0,
                                     1};
      int column = 0;
      for (const std::int64_t value : values) {
        const bool hex = column == 2;
        const std::int64_t read =
            hex ? std::stoll(std::string(rows->Text(column)), nullptr, 16) : rows->Integer(column);
        ASSERT_EQ(read, value) << "column " << column << ", seq " << row.seq;
        ++column;
      }
    }
    ASSERT_FALSE(*rows->Step());
  }

  // The states of the model: the newest result that votes, and where its run began.
  struct State {
    ResultRow newest;
    std::int64_t run_ms = 0;     // over all of history
    std::int64_t window_ms = 0;  // within what is looked at
  };
  std::map<std::int64_t, State> ExpectedStates(std::int64_t at_ms, std::int64_t since_ms) {
    std::map<std::int64_t, State> states;
    for (const ResultRow& row : Expected({{}, 0, at_ms + 1})) {
      if ((row.flags & (kMoved | kPortal)) != 0) continue;
      const auto [state, fresh] = states.try_emplace(row.series, State{row, row.time_ms, -1});
      State& known = state->second;
      if (known.newest.outcome != row.outcome) known = {row, row.time_ms, -1};
      if (known.window_ms < 0 && row.time_ms >= since_ms) known.window_ms = row.time_ms;
      known.newest = row;
    }
    std::erase_if(states, [](const auto& state) { return state.second.window_ms < 0; });
    return states;
  }

  void ExpectSameStates(std::int64_t at_ms) {
    const std::chrono::milliseconds look_back(kRunGapMs + Roll(7'200'000));
    auto reader = Reader::Open(directory());
    const auto states = (*reader)->StatesAt(at_ms, look_back);
    ASSERT_TRUE(states.ok()) << states.status();
    const auto expected = ExpectedStates(at_ms, at_ms - look_back.count());
    ASSERT_EQ(states->size(), expected.size());
    for (const StateAt& state : *states) {
      ASSERT_TRUE(expected.contains(state.series));
      const State& known = expected.at(state.series);
      ASSERT_EQ(state.outcome, known.newest.outcome) << "series " << state.series;
      EXPECT_LE(state.since_ms, known.window_ms);
      EXPECT_GE(state.last_ms, known.newest.time_ms);
      EXPECT_LE(state.last_ms, std::min(at_ms, known.newest.time_ms + 600'000));
    }
  }

  void Check() {
    ASSERT_EQ(store_->Stats().results, static_cast<std::int64_t>(model_.size()));
    ExpectSameResults({});
    const std::int64_t since = kMorning + Roll(now_ms_ - kMorning + 1);
    ExpectSameResults({{1 + Roll(kSeries), 1 + Roll(kSeries)}, since, since + Roll(3'600'000)});
    ExpectSameStates(now_ms_);
    for (int i = 0; i < 5; ++i) ExpectSameStates(kMorning + Roll(now_ms_ - kMorning + 1));
    ASSERT_EQ(Sql("SELECT count(DISTINCT epoch || '/' || seq) FROM results"),
              static_cast<std::int64_t>(model_.size()));
  }

  std::mt19937_64 random_{GetParam()};
  std::map<std::int64_t, std::uint64_t> seq_;
  std::vector<ResultRow> model_;  // in the order of their commits
  std::int64_t now_ms_ = kMorning;
};

TEST_P(HistoryModelTest, NothingIsLostAndNothingTwice) {
  Open();
  ASSERT_TRUE(store_->Commit(Names(kSeries, kEpochs, kOutcomes)).ok());
  for (int step = 1; step <= 200 && !HasFatalFailure(); ++step) {
    Commit();
    Maintain();
    if (Roll(10) == 0) Crash();
    if (step % 20 == 0) Check();
  }
  ExpectSameSql();
  FoldAll(now_ms_ + 3'600'000);
  FoldAll(now_ms_ + 7'200'000);
  Check();
  ExpectSameSql();
  EXPECT_GT(Sql("SELECT count(*) FROM segment"), 5);
  EXPECT_EQ(Sql("SELECT count(*) FROM result WHERE id > "
                "(SELECT value FROM meta WHERE key = 'folded_upto')"),
            0);
  EXPECT_EQ(Sql("SELECT count(*) FROM chunk WHERE id >= "
                "(SELECT value FROM meta WHERE key = 'next_segment') << 43"),
            0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryModelTest, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace relaywatch::collector::testing
