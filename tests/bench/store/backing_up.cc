#include "tests/bench/store/backing_up.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <utility>

#include "collector/store/backup.h"
#include "collector/store/sqlite_store.h"
#include "tests/bench/store/measure.h"

namespace relaywatch::bench {
namespace {

using collector::SqliteStore;

// Of commits of a minute's results, for as long as `more` says so; with their folding.
double LongestCommit(SqliteStore& store, FleetHistory& fleet, const std::function<bool()>& more) {
  double longest = 0;
  while (more()) {
    collector::CommitSet set;
    fleet.Round(set.results);
    longest = std::max(longest, Milliseconds([&] { Must(store.Commit(set)); }));
    Must(store.Maintain(fleet.now_ms()));
    usleep(20'000);
  }
  return longest;
}

}  // namespace

void BackUpMeanwhile(const std::string& directory, FleetHistory& fleet,
                     std::vector<Result>& table) {
  Must(sqlite::Database::Open(directory + "/fleet.sqlite"));  // a backup has that, too
  const auto store = Must(SqliteStore::Open(directory));
  int commits = 100;
  const double before = LongestCommit(*store, fleet, [&] { return commits-- > 0; });
  const std::string copy = directory + "-backup";
  auto backup = std::async(std::launch::async, [&] {
    return collector::BackUp({directory, copy, [] { return false; }});
  });
  const double during = LongestCommit(*store, fleet, [&] {
    return backup.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  });
  Must(backup.get());
  std::filesystem::remove_all(copy);
  Result line = Line("longest commit beside a backup", during, "ms", 200);
  line.reference = before;
  line.ratio = during / before;
  table.push_back(std::move(line));
}

}  // namespace relaywatch::bench
