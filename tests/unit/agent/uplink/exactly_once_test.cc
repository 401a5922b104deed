// The protocol as a whole, against everything that may happen to the disks of either side: crashes,
// snapshots put back, disks cloned, a collector restored from a backup. Real spools and sessions;
// the collector is a model of its commit rule. Whatever is held at the end, or was committed, is
// stored exactly once, or is in a gap.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "agent/spool/sqlite_spool.h"
#include "agent/uplink/session_state.h"
#include "common/result_stamp.h"
#include "tests/support/scratch.h"
#include "tests/unit/agent/spool/samples.h"

namespace relaywatch::agent {
namespace {

using Name = std::pair<std::uint64_t, std::uint64_t>;  // epoch, seq

// What a collector has on its disk.
struct Store {
  std::map<std::uint64_t, std::uint64_t> mark;
  std::map<std::uint64_t, std::uint64_t> stamp;
  std::map<Name, std::int64_t> results;
  std::set<Name> gaps;

  void Gap(std::uint64_t epoch, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t seq = first; seq <= last; ++seq) {
      if (seq > mark[epoch]) gaps.insert({epoch, seq});
    }
  }
};

v1::Welcome Greet(Store& store, const v1::Hello& hello) {
  v1::Welcome welcome;
  welcome.set_credit(50);
  for (const v1::EpochState& epoch : hello.epochs()) {
    std::uint64_t& mark = store.mark[epoch.epoch()];
    const std::uint64_t held_from =
        epoch.first_seq() != 0 ? epoch.first_seq() : epoch.last_seq() + 1;
    if (held_from > mark + 1) {
      store.Gap(epoch.epoch(), mark + 1, held_from - 1);
      mark = held_from - 1;
      store.stamp[epoch.epoch()] = 0;
    }
    v1::DurableEpoch& durable = *welcome.add_epochs();
    durable.set_epoch(epoch.epoch());
    durable.set_durable_seq(mark);
    durable.set_stamp(store.stamp[epoch.epoch()]);
  }
  return welcome;
}

// False where it has to come again from the mark on.
bool Commit(Store& store, const v1::Batch& batch) {
  std::uint64_t& mark = store.mark[batch.epoch()];
  if (batch.first_seq() > mark + 1) return false;
  std::uint64_t seq = batch.first_seq();
  auto gap = batch.gaps().begin();
  const auto add_gaps = [&] {
    for (; gap != batch.gaps().end() && gap->first_seq() == seq; ++gap) {
      store.Gap(batch.epoch(), seq, gap->last_seq());
      seq = gap->last_seq() + 1;
    }
  };
  add_gaps();
  for (const v1::Result& result : batch.results()) {
    if (seq > mark) {
      store.results[{batch.epoch(), seq}] = result.wall_ms();
      store.stamp[batch.epoch()] = ResultStamp(result);
    }
    ++seq;
    add_gaps();
  }
  mark = std::max(mark, seq - 1);
  return true;
}

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (int i = 0; i < 2; ++i) agents_.emplace_back();
    for (std::size_t i = 0; i < agents_.size(); ++i) Start(i);
  }

  void Step() {
    const std::size_t i = random_() % agents_.size();
    switch (random_() % 12) {
      case 0:
      case 1:
      case 2:
      case 3:
        return Produce(i);
      case 4:
      case 5:
      case 6:
        return Talk(i, static_cast<int>(random_() % 4));
      case 7:
        return Start(i);  // crashed: what was not flushed is gone, and nobody was promised it
      case 8:
        return Copy(i, Snapshot());
      case 9:
        return PutBack(i);
      case 10:
        return Copy(i, Directory((i + 1) % agents_.size()));  // a clone
      default:
        return Restore();
    }
  }

  void Check() {
    for (int round = 0; round < 40; ++round) {
      for (std::size_t i = 0; i < agents_.size(); ++i) Talk(i, 1000);
    }
    std::set<std::int64_t> stored;
    for (const auto& [name, result] : store_.results) {
      EXPECT_TRUE(stored.insert(result).second) << "result " << result << " is stored twice";
    }
    for (const auto& [result, name] : must_) {
      EXPECT_TRUE(stored.contains(result) || store_.gaps.contains(name))
          << "result " << result << " is lost without a word";
    }
    for (const Agent& agent : agents_) EXPECT_EQ(agent.spool->Stats().queued, 0U);
  }

 private:
  struct Agent {
    std::unique_ptr<SqliteSpool> spool;
  };

  std::string Directory(std::size_t i) const { return scratch_ / ("agent" + std::to_string(i)); }
  std::string Snapshot() const { return scratch_ / "snapshot"; }

  void Start(std::size_t i) {
    agents_[i].spool.reset();
    auto opened =
        SqliteSpool::Open(io_, clock_, Directory(i), {.max_results = 25, .min_free_percent = 0});
    agents_[i].spool = *std::move(opened);
  }

  void Produce(std::size_t i) {
    SqliteSpool& spool = *agents_[i].spool;
    for (std::uint64_t count = random_() % 8; count > 0; --count) {
      spool.Append(ResultAt(++produced_), false);
      const SpoolEpoch head = spool.Head();
      must_[produced_] = {head.epoch, head.last_seq};
    }
    spool.Flush();
  }

  // A stream that breaks after so many batches; the last one's answer is on the way.
  void Talk(std::size_t i, int batches) {
    SqliteSpool& spool = *agents_[i].spool;
    SessionState session(spool, 1);
    const v1::Welcome welcome = Greet(store_, session.MakeHello("1", {}, 0));
    ASSERT_TRUE(session.OnWelcome(welcome, Now()).ok());
    for (; batches > 0; --batches) {
      session.Flush(Now());
      const auto batch = session.NextBatch(Now(), 1);
      if (!batch) break;
      const bool committed = random_() % 8 == 0 || Commit(store_, *batch);
      if (random_() % 4 == 0 && batches < 100) break;
      if (committed && store_.mark[batch->epoch()] + 1 >= batch->first_seq()) {
        v1::Ack ack;
        ack.set_epoch(batch->epoch());
        ack.set_durable_seq(store_.mark[batch->epoch()]);
        ack.set_credit(50);
        ASSERT_TRUE(session.OnAck(ack, Now()).ok());
      } else {
        v1::Rewind rewind;
        rewind.set_epoch(batch->epoch());
        rewind.set_expected(store_.mark[batch->epoch()] + 1);
        ASSERT_TRUE(session.OnRewind(rewind).ok());
      }
    }
    spool.Flush();
  }

  // The disk as it is, while the agent runs on.
  void Copy(std::size_t i, const std::string& to) {
    const bool is_agent = to != Snapshot();
    agents_[i].spool->Flush();
    if (is_agent) {
      const std::size_t other = (i + 1) % agents_.size();
      Forgive(other);
      agents_[other].spool.reset();
      CopyFiles(Directory(i), to);
      return Start(other);
    }
    CopyFiles(Directory(i), to);
  }

  void PutBack(std::size_t i) {
    if (!std::filesystem::exists(Snapshot())) return;
    Forgive(i);
    agents_[i].spool.reset();
    CopyFiles(Snapshot(), Directory(i));
    Start(i);
  }

  static void CopyFiles(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::create_directories(to);
    for (const char* file : {"/spool.sqlite", "/spool.sqlite-wal"}) {
      if (std::filesystem::exists(from + file)) std::filesystem::copy(from + file, to + file);
    }
  }

  // A disk that is overwritten takes what only it held with it; nobody can tell of that.
  void Forgive(std::size_t i) {
    SqliteSpool& spool = *agents_[i].spool;
    for (const SpoolEpoch& epoch : spool.Epochs()) {
      const auto chunk = spool.Read(epoch.epoch, 1, kAll, kAll);
      for (const SpooledResult& spooled : chunk->results) must_.erase(spooled.result.wall_ms());
      for (const v1::Gap& gap : chunk->gaps) {
        std::erase_if(must_, [&](const auto& entry) {
          return entry.second.first == epoch.epoch && entry.second.second >= gap.first_seq() &&
                 entry.second.second <= gap.last_seq();
        });
      }
    }
  }

  // The collector's disk of some time ago: what it knew since then is gone where agents do not hold
  // it any more.
  void Restore() {
    if (random_() % 2 == 0) {
      backup_ = store_;
      return;
    }
    for (const auto& [name, result] : store_.results) {
      if (!backup_.results.contains(name)) must_.erase(result);
    }
    std::erase_if(must_, [&](const auto& entry) {
      return store_.gaps.contains(entry.second) && !backup_.gaps.contains(entry.second);
    });
    store_ = backup_;
  }

  static SessionState::Time Now() { return std::chrono::steady_clock::now(); }

  std::mt19937 random_;
  support::ScratchDirectory scratch_;
  asio::io_context io_;
  SystemClock clock_;
  std::vector<Agent> agents_;
  Store store_;
  Store backup_;
  std::int64_t produced_ = 0;
  std::map<std::int64_t, Name> must_;
};

TEST(ExactlyOnce, HoldsWhateverBecomesOfTheDisks) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int step = 0; step < 60; ++step) world.Step();
    world.Check();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace relaywatch::agent
