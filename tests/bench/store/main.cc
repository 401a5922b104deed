// relaywatch-bench-store: the history of a fleet that makes 50 million results in two weeks written
// through the store, with folding going on, and what that costs against the first days; then, with
// rolling up and dropping as well, two weeks more; what it then costs to ask about it, to judge it
// again, to back it up and to come back after a kill; and the same of the states of 100,000 series.
// `--results N` (default 5 million) says how many are written: the marks are for 100 million, four
// weeks, of which the store keeps half. It needs about 30 bytes of disk each.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "collector/store/reader.h"
#include "tests/bench/dialogue/cpu_time.h"
#include "tests/bench/store/backing_up.h"
#include "tests/bench/store/measure.h"
#include "tests/bench/store/questions.h"
#include "tests/bench/store/writing.h"
#include "tests/support/scratch.h"

namespace relaywatch::bench {
namespace {

using collector::Reader;
using collector::SqliteStore;
using std::chrono::steady_clock;

constexpr std::int64_t kSeries = 2'314;
constexpr std::int64_t kManySeries = 100'000;  // of the matrix
constexpr std::int64_t kManyRounds = 45;       // two folds, and rows that are still hot
constexpr std::int64_t kFirstFolds = 500'000;
constexpr std::int64_t kResultsOfADay = 3'600'000;
constexpr std::int64_t kMostKept = 50'000'000;  // two weeks of them: before any expire
constexpr int kTurns = 18;

std::unique_ptr<SqliteStore> StoreOf(const std::string& directory, const FleetHistory& fleet) {
  auto store = Must(SqliteStore::Open(directory));
  if (!store->Commit(fleet.Names()).ok()) std::exit(1);
  return store;
}

// What a day's results cost at two ages of the store, written in turns: over minutes the machine's
// own pace drifts by more than what is asked for.
struct Ages {
  WritingCost young;
  WritingCost old;
};

double CpuUs(const WritingCost& cost) {
  return cost.cpu_s * 1e6 / static_cast<double>(cost.results);
}

Ages WriteInTurns(const std::string& directory, SqliteStore& old, FleetHistory& fleet) {
  FleetHistory young_fleet(kSeries);
  const auto young = StoreOf(directory, young_fleet);
  WriteHistory(*young, young_fleet, kFirstFolds);
  Ages ages;
  for (int turn = 0; turn < kTurns; ++turn) {
    ages.young += WriteHistory(*young, young_fleet, kResultsOfADay / kTurns);
    ages.old += WriteHistory(old, fleet, kResultsOfADay / kTurns);
  }
  return ages;
}

double RateOf(const WritingCost& cost) { return static_cast<double>(cost.results) / cost.wall_s; }

// Up to what the store keeps at most; then, while it is rolled up, the rest.
void Write(const support::ScratchDirectory& scratch, FleetHistory& fleet, std::int64_t results,
           std::vector<Result>& table) {
  const auto store = StoreOf(scratch / "month", fleet);
  const std::int64_t kept = std::min(results, kMostKept);
  WriteHistory(*store, fleet, kFirstFolds);
  const WritingCost folding = WriteHistory(*store, fleet, kept - kFirstFolds - kResultsOfADay);
  const Ages ages = WriteInTurns(scratch / "young", *store, fleet);
  const WritingCost rolling = WriteHistory(*store, fleet, results - kept);
  table.push_back({.name = "store, rate with folding",
                   .value = RateOf(folding),
                   .unit = "results/s",
                   .mark = ">= 200000",
                   .met = RateOf(folding) >= 200'000});
  table.push_back(Line("CPU a result with folding", CpuUs(folding), "us", 8));
  table.push_back(
      {.name = fmt::format("store, CPU at {} M against the first days", kept / 1'000'000),
       .value = CpuUs(ages.old),
       .unit = "us",
       .reference = CpuUs(ages.young),
       .ratio = CpuUs(ages.old) / CpuUs(ages.young),
       .mark = "ratio <= 1.11",
       .met = CpuUs(ages.old) <= CpuUs(ages.young) * 1.11});
  const double longest_s = std::max({folding.longest_s, ages.old.longest_s, rolling.longest_s});
  table.push_back(Line("longest wait of a commit", longest_s * 1000, "ms", 200));
  // Where results come at the pace of their times, maintenance is never behind.
  WritingCost behind;
  behind.cpu_s = -ThreadCpuSeconds();
  behind.wall_s = Milliseconds([&] {
                    while (Must(store->Maintain(fleet.now_ms()))) {
                    }
                  }) /
                  1000;
  behind.cpu_s += ThreadCpuSeconds();
  if (rolling.results == 0) return;
  WritingCost all = rolling;
  all += behind;
  table.push_back({.name = "store, rate with folding and rolling up",
                   .value = RateOf(all),
                   .unit = "results/s",
                   .mark = "-",
                   .met = true});
  table.push_back(Line("CPU a result with folding and rolling up", CpuUs(all), "us", 8));
}

void Size(const std::string& directory, std::vector<Result>& table) {
  Must(SqliteStore::Open(directory));  // brings the log into the file as it closes
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) bytes += file.file_size();
  auto database = Must(sqlite::Database::OpenReadOnly(directory + "/relaywatch.db"));
  const auto results = Must(database.Integer(
      "SELECT (SELECT sum(results) FROM segment) + (SELECT count(*) FROM result WHERE id > "
      "(SELECT value FROM meta WHERE key = 'folded_upto'))"));
  table.push_back(
      Line(fmt::format("disk a result, all in, {:.1f} M kept", static_cast<double>(results) / 1e6),
           static_cast<double>(bytes) / static_cast<double>(results), "B", 40));
}

double ReadSeries(Reader& reader, std::int64_t series, std::int64_t& results) {
  return Milliseconds([&] {
    const auto scanned = reader.ScanResults({{series}}, [&](const collector::ResultRow&) {
      ++results;
      return true;
    });
    if (!scanned.ok()) std::exit(1);
  });
}

void ReadOneSeries(const std::string& directory, std::vector<Result>& table) {
  std::vector<double> cold;
  std::vector<double> warm;
  std::int64_t results = 0;
  for (int i = 0; i < kReads; ++i) {
    DropFromCache(directory + "/relaywatch.db");
    const auto reader = Must(Reader::Open(directory));
    results = 0;
    cold.push_back(ReadSeries(*reader, 1 + i * 101, results));
    warm.push_back(ReadSeries(*reader, 1 + i * 101, results));
  }
  const std::string what = fmt::format("all {} results of one series", results / 2);
  table.push_back(Line(what + ", cold", Median(cold), "ms", 100));
  table.push_back(Line(what + ", warm", Median(warm), "ms", 20));
}

// Killed in the middle of writing and folding; then as far as the writer needs it to start.
void ComeBack(const std::string& directory, FleetHistory& fleet, std::vector<Result>& table) {
  const pid_t child = fork();
  if (child == 0) {
    const auto store = Must(SqliteStore::Open(directory));
    WriteHistory(*store, fleet, std::numeric_limits<std::int64_t>::max());
    _exit(1);
  }
  usleep(2'500'000);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const double ms = Milliseconds([&] {
    const auto store = Must(SqliteStore::Open(directory));
    Must(store->ReadLastIds());
    Must(store->ReadLatest());
  });
  table.push_back(Line("ready after a kill", ms, "ms", 2000));
}

void ReadStates(const std::string& directory, FleetHistory& fleet, std::vector<Result>& table) {
  const auto store = StoreOf(directory, fleet);
  WriteHistory(*store, fleet, kManySeries * kManyRounds);
  // At 1,700 results a second maintenance is never behind.
  while (Must(store->Maintain(fleet.now_ms()))) {
  }
  const auto reader = Must(Reader::Open(directory));
  const auto measure = [&](const std::string& name, std::int64_t minutes_ago, double mark) {
    std::vector<double> times;
    for (int i = 0; i < kReads; ++i) {
      times.push_back(Milliseconds([&] {
        const auto states =
            Must(reader->StatesAt(fleet.now_ms() - minutes_ago * 60'000, std::chrono::minutes(10)));
        if (states.size() < kManySeries * 99 / 100) std::exit(1);
      }));
    }
    table.push_back(Line("states of 100,000 series, " + name, Median(times), "ms", mark));
  };
  measure("now", 0, 50);
  measure("five minutes ago", 5, 50);
  measure("half an hour ago", 30, 50);
}

int Main(std::int64_t results, bool json) {
  const support::ScratchDirectory scratch;
  std::vector<Result> table;
  FleetHistory fleet(kSeries);
  Write(scratch, fleet, results, table);
  Size(scratch / "month", table);
  ReadOneSeries(scratch / "month", table);
  AskAboutAMonth(scratch / "month", fleet, table);
  BackUpMeanwhile(scratch / "month", fleet, table);
  ComeBack(scratch / "month", fleet, table);
  FleetHistory many(kManySeries);
  ReadStates(scratch / "many", many, table);
  AskForTheMatrix(scratch / "many", many, table);
  return Print(table, json);
}

}  // namespace
}  // namespace relaywatch::bench

int main(int argc, char** argv) {
  std::int64_t results = 5'000'000;
  if (argc > 2 && std::string_view(argv[1]) == "--results") {
    results = std::max(std::atoll(argv[2]), 5'000'000LL);
    argv[2] = argv[0];
    argc -= 2;
    argv += 2;
  }
  return relaywatch::bench::Main(results, relaywatch::bench::WantsJson(argc, argv));
}
