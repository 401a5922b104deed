#include "agent/spool/ledger.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace relaywatch::agent {
namespace {

Ledger With(int appended) {
  Ledger ledger(1);
  for (int i = 0; i < appended; ++i) ledger.Append();
  return ledger;
}

TEST(Ledger, NumbersEachEpochFromOneAndIdsThroughAll) {
  Ledger ledger = With(3);
  ledger.Begin(2);
  EXPECT_EQ(ledger.Append(), 4);
  EXPECT_EQ(ledger.Find(2)->last, 1);
  EXPECT_EQ(ledger.held(), 4U);
}

TEST(Ledger, KeepsAHeadThatWasNeverUsed) {
  Ledger ledger(1);
  ledger.Begin(2);
  ASSERT_EQ(ledger.spans().size(), 1U);
  EXPECT_EQ(ledger.spans()[0].epoch, 1U);
}

TEST(Ledger, ForgetsAnEpochThatIsDrainedUnlessItGrows) {
  Ledger ledger = With(2);
  EXPECT_EQ(ledger.Release(1, 2), (IdRange{1, 2}));
  EXPECT_EQ(ledger.spans().size(), 1U);
  ledger.Begin(2);
  EXPECT_EQ(ledger.Find(1), nullptr);
}

TEST(Ledger, ReleasesNothingTwiceAndNothingBeyondTheEnd) {
  Ledger ledger = With(5);
  EXPECT_EQ(ledger.Release(1, 3), (IdRange{1, 3}));
  EXPECT_EQ(ledger.Release(1, 2), IdRange{});
  EXPECT_EQ(ledger.Release(1, 99), (IdRange{4, 5}));
  EXPECT_EQ(ledger.Release(77, 1), IdRange{});
}

TEST(Ledger, GivesAnEpochAnotherNameFromItsFirstUnreleasedOn) {
  Ledger ledger = With(5);
  ledger.Release(1, 2);
  ledger.Rename(1, 9);
  EXPECT_EQ(ledger.Find(1), nullptr);
  EXPECT_EQ(*ledger.Find(9), (Span{.epoch = 9, .base = 2, .released = 0, .last = 3}));
  EXPECT_EQ(ledger.Append(), 6);
}

TEST(Ledger, JoinsNeighbouringGapsOfOneReason) {
  Ledger ledger = With(6);
  ledger.DropOldest(1, v1::GAP_REASON_AGE);
  ledger.DropOldest(1, v1::GAP_REASON_AGE);
  EXPECT_EQ(ledger.Drop({5, 5}, v1::GAP_REASON_DISK), 5);
  EXPECT_EQ(ledger.DropOldest(3, v1::GAP_REASON_AGE), 6);
  const std::vector<IdGap> expected{
      {{1, 4}, v1::GAP_REASON_AGE}, {{5, 5}, v1::GAP_REASON_DISK}, {{6, 6}, v1::GAP_REASON_AGE}};
  EXPECT_EQ(ledger.gaps(), expected);
  EXPECT_EQ(ledger.drops().at(v1::GAP_REASON_AGE), 5U);
  EXPECT_EQ(ledger.held(), 0U);
}

TEST(Ledger, PutsWhatAnEarlierProcessLeftBeforeItsOwn) {
  Ledger ledger = With(2);
  const std::int64_t shift = ledger.Prepend(
      {{.epoch = 8, .base = 10, .released = 4, .last = 9}, {.epoch = 9, .base = 19, .last = 3}},
      {{{16, 17}, v1::GAP_REASON_AGE}});
  EXPECT_EQ(shift, 22);
  EXPECT_EQ(ledger.held(), 3U + 3U + 2U);
  EXPECT_FALSE(ledger.Find(8)->own);
  EXPECT_TRUE(ledger.Find(1)->own);
  EXPECT_EQ(ledger.Append(), 25);
}

// Any order of operations against sets of numbers, one for each fate.
TEST(Ledger, NeverLosesTrackOfANumber) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const auto upto = [&](std::uint64_t most) { return most == 0 ? 0 : random() % (most + 1); };
    Ledger ledger(1);
    std::set<std::int64_t> held;
    std::map<std::int64_t, v1::GapReason> lost;
    std::uint64_t names = 1;
    for (int step = 0; step < 200; ++step) {
      const auto& spans = ledger.spans();
      const Span span = spans[random() % spans.size()];
      switch (random() % 6) {
        case 0:
        case 1:
          held.insert(ledger.Append());
          break;
        case 2:
          ledger.Begin(++names);
          break;
        case 3:
          ledger.Rename(span.epoch, ++names);
          break;
        case 4: {
          const IdRange gone =
              ledger.Release(span.epoch, upto(static_cast<std::uint64_t>(span.last)));
          for (std::int64_t id = gone.first; id <= gone.last; ++id) {
            EXPECT_EQ(held.erase(id) + lost.erase(id), 1U) << "seed " << seed << " id " << id;
          }
          break;
        }
        default: {
          const auto reason = random() % 2 == 0 ? v1::GAP_REASON_AGE : v1::GAP_REASON_DISK;
          for (std::uint64_t count = std::min<std::uint64_t>(upto(3), held.size()); count > 0;
               --count) {
            lost[*held.begin()] = reason;
            const std::int64_t dropped = ledger.DropOldest(1, reason);
            EXPECT_EQ(dropped, *held.begin()) << "seed " << seed;
            held.erase(held.begin());
          }
        }
      }
      ASSERT_EQ(ledger.held(), held.size()) << "seed " << seed;
      std::map<std::int64_t, v1::GapReason> told;
      for (const Span& each : ledger.spans()) {
        for (const IdGap& gap :
             ledger.GapsWithin({each.base + each.released + 1, each.base + each.last})) {
          for (std::int64_t id = gap.ids.first; id <= gap.ids.last; ++id) told[id] = gap.reason;
        }
      }
      ASSERT_EQ(told, lost) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace relaywatch::agent
