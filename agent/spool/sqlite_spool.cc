#include "agent/spool/sqlite_spool.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "agent/spool/set_aside.h"
#include "common/durable_file.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGroup{1'000};
// A release need not be on disk soon: after a crash the results are sent again and recognised.
constexpr milliseconds kReleaseWait{10'000};
constexpr milliseconds kUpkeep{60'000};  // the bounds, where nothing else is written
constexpr milliseconds kFirstRetry{1'000};
constexpr milliseconds kLongestRetry{30'000};
// Reads that fail in a row before the file is taken for damaged.
constexpr int kFailedReads = 10;

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteSpool>> SqliteSpool::Open(asio::io_context& io,
                                                               const Clock& clock,
                                                               const std::string& directory,
                                                               const SpoolBounds& bounds) {
  std::unique_ptr<SqliteSpool> spool(new SqliteSpool(io, clock, directory, bounds));
  if (auto made = MakeDirectory(directory, 0700); made.ok()) {
    auto lock = LockFile::Acquire(directory + "/agent.lock");
    if (absl::IsAlreadyExists(lock.status())) {
      return absl::AlreadyExistsError(
          fmt::format("state_directory {}: {}", directory, std::string(lock.status().message())));
    }
    if (lock.ok()) spool->lock_.emplace(*std::move(lock));
  }
  spool->OpenFile();
  return spool;
}

SqliteSpool::SqliteSpool(asio::io_context& io, const Clock& clock, std::string directory,
                         SpoolBounds bounds)
    : io_(io),
      clock_(clock),
      directory_(std::move(directory)),
      path_(directory_ + "/spool.sqlite"),
      boot_id_(BootId()),
      bounds_(bounds),
      ledger_(RandomEpoch()),
      timer_(io),
      writer_(io, [this](const WriteReport& report) { OnWritten(report); }) {}

SqliteSpool::~SqliteSpool() { Flush(); }

void SqliteSpool::Flush() {
  writer_.Finish();
  if (!changed_ || !file_) return;
  writer_.Write(file_, TakeWriteSet());
  writer_.Finish();
}

void SqliteSpool::OpenFile() {
  absl::Status opened = AdoptFile();
  if (absl::IsDataLoss(opened)) {
    Quarantine(opened);
  } else if (!opened.ok()) {
    Trouble(opened);
  }
  if (file_) retry_ = milliseconds(0);
  WriteWithin(milliseconds(0));
}

// The directory may only now have become usable, so it is locked here where it is not yet.
absl::Status SqliteSpool::AdoptFile() {
  if (auto made = MakeDirectory(directory_, 0700); !made.ok()) return made;
  if (!lock_) {
    auto lock = LockFile::Acquire(directory_ + "/agent.lock");
    if (!lock.ok()) return lock.status();
    lock_.emplace(*std::move(lock));
  }
  auto opened = SpoolFile::Open(path_);
  if (!opened.ok()) return opened.status();
  auto contents = (*opened)->Load();
  if (!contents.ok()) return contents.status();
  file_ = *std::move(opened);
  usage_ = file_->Usage().value_or(FileUsage{});
  const auto oldest = file_->Oldest(1).value_or(std::vector<Stamp>());
  oldest_wall_ms_ = oldest.empty() ? 0 : oldest.front().wall_ms;
  const std::int64_t shift = ledger_.Prepend(std::move(contents->spans), std::move(contents->gaps));
  tail_.Shift(shift);
  on_disk_upto_ = taken_upto_ = shift;
  return absl::OkStatus();
}

// Where the file had been adopted, our ledger knows what was in it; else its own tables may say.
void SqliteSpool::Quarantine(const absl::Status& damage) {
  const auto damaged = file_;
  writer_.Finish();
  if (file_ != damaged) return;  // the set in hand met the damage, too
  if (!std::exchange(file_, nullptr)) {
    SpoolFile::Contents known = SpoolFile::Salvage(path_);
    const std::int64_t shift = ledger_.Prepend(std::move(known.spans), std::move(known.gaps));
    tail_.Shift(shift);
    on_disk_upto_ = shift;
  }
  const std::uint64_t held = ledger_.held();
  ledger_.Drop({0, on_disk_upto_}, v1::GAP_REASON_DAMAGE);
  spdlog::error("spool: {}; it is set aside, {}", std::string(damage.message()),
                held == ledger_.held() ? "what was in it is not known"
                                       : fmt::format("{} results are lost", held - ledger_.held()));
  erase_.clear();
  taken_upto_ = on_disk_upto_;
  oldest_wall_ms_ = 0;
  absl::Status moved = SetAside(path_, clock_.Now().wall_ms);
  if (moved.ok()) {
    auto opened = SpoolFile::Open(path_);
    if (opened.ok()) file_ = *std::move(opened);
    moved = opened.status();
  }
  if (!moved.ok()) Trouble(moved);
  changed_ = true;
  WriteWithin(milliseconds(0));
}

void SqliteSpool::Append(SpooledResult result, bool at_once) {
  tail_.Push(ledger_.Append(), std::move(result));
  changed_ = true;
  KeepRing();
  KeepResults();
  WriteWithin(at_once ? milliseconds(0) : kGroup);
}

absl::StatusOr<SpoolChunk> SqliteSpool::Read(std::uint64_t epoch, std::uint64_t from_seq,
                                             std::size_t max_results, std::size_t max_bytes) {
  while (true) {
    const Span* span = ledger_.Find(epoch);
    if (span == nullptr) return SpoolChunk();
    const std::int64_t first =
        span->base + std::max(static_cast<std::int64_t>(from_seq), span->released + 1);
    const std::int64_t last = std::min(span->base + span->last, on_disk_upto_);
    SpoolFile::Rows rows;
    if (file_ && first <= last) {
      auto read = file_->Read({first, last}, max_results, max_bytes);
      failed_reads_ = read.ok() ? 0 : failed_reads_ + 1;
      if (absl::IsDataLoss(read.status()) || failed_reads_ >= kFailedReads) {
        failed_reads_ = 0;
        Quarantine(read.status());
        continue;  // it is a gap now
      }
      if (!read.ok()) return read.status();
      rows = *std::move(read);
    }
    std::size_t at = 0;
    SpoolChunk chunk =
        ReadChunk(ledger_, epoch, from_seq, max_results, max_bytes, [&](std::int64_t id) {
          while (at < rows.size() && rows[at].first < id) ++at;
          const bool here = at < rows.size() && rows[at].first == id;
          return here ? &rows[at].second : tail_.Find(id);
        });
    const bool stuck = chunk.first_seq != 0 && chunk.last_seq < chunk.first_seq;
    if (!stuck || max_results == 0 || first > on_disk_upto_) return chunk;
    Quarantine(absl::DataLossError(fmt::format("{}: a result is missing", path_)));
  }
}

void SqliteSpool::Release(std::uint64_t epoch, std::uint64_t durable_seq) {
  const IdRange ids = ledger_.Release(epoch, durable_seq);
  if (ids.last < ids.first) return;
  Forget(ids);
  changed_ = true;
  WriteWithin(kReleaseWait);
}

void SqliteSpool::BeginEpoch() {
  ledger_.Begin(RandomEpoch());
  changed_ = true;
  WriteWithin(kGroup);
}

std::uint64_t SqliteSpool::Rename(std::uint64_t epoch) {
  const std::uint64_t name = RandomEpoch();
  ledger_.Rename(epoch, name);
  changed_ = true;
  WriteWithin(milliseconds(0));
  return name;
}

void SqliteSpool::Forget(IdRange ids) {
  tail_.Erase(ids);
  ids.last = std::min(ids.last, taken_upto_);
  if (ids.first > ids.last) return;
  if (!erase_.empty() && erase_.back().last + 1 == ids.first) {
    erase_.back().last = ids.last;
  } else {
    erase_.push_back(ids);
  }
}

void SqliteSpool::WriteWithin(milliseconds wait) {
  if (!error_.empty()) wait = std::max(wait, retry_);  // one knock at a time
  const Time at = clock_.Steady() + wait;
  if (write_at_ && *write_at_ <= at) return;
  write_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const asio::error_code& error) {
    if (!error && alive.lock()) WriteWhatIsDue();
  });
}

void SqliteSpool::WriteWhatIsDue() {
  if (writer_.Busy() || !write_at_ || clock_.Steady() < *write_at_) return;
  write_at_.reset();
  if (!file_) return OpenFile();
  if (changed_) {
    writer_.Write(file_, TakeWriteSet());
  } else {
    writer_.Write(file_, std::nullopt);
  }
}

WriteSet SqliteSpool::TakeWriteSet() {
  WriteSet set;
  set.results.reserve(tail_.size());
  for (std::int64_t id = tail_.first_id(); id <= tail_.last_id(); ++id) {
    if (const SpooledResult* spooled = tail_.Find(id)) set.results.emplace_back(id, *spooled);
  }
  erasing_ = std::exchange(erase_, {});
  set.erase = erasing_;
  set.spans = ledger_.spans();
  set.gaps = ledger_.gaps();
  taken_upto_ = ledger_.last_id();
  set.tidy = std::exchange(tidy_, false);
  changed_ = false;
  return set;
}

void SqliteSpool::OnWritten(const WriteReport& report) {
  const auto wanted = std::exchange(write_at_, std::nullopt);  // came while the writer was busy
  if (report.status.ok()) {
    on_disk_upto_ = taken_upto_;
    tail_.Erase({0, on_disk_upto_});
    erasing_.clear();
    if (!error_.empty()) spdlog::info("spool: {} works again", path_);
    error_.clear();
    retry_ = milliseconds(0);
    Keep(report);
  } else {
    // What could not be erased may be on disk or not; to erase it once more does no harm.
    erase_.insert(erase_.begin(), erasing_.begin(), erasing_.end());
    erasing_.clear();
    taken_upto_ = on_disk_upto_;
    changed_ = true;
    if (absl::IsDataLoss(report.status)) return Quarantine(report.status);
    Trouble(report.status);
  }
  if (wanted)
    WriteWithin(
        std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*wanted - clock_.Steady())));
  WriteWithin(report.status.ok() ? kUpkeep : retry_);
}

void SqliteSpool::Trouble(const absl::Status& status) {
  if (error_.empty()) {
    spdlog::error("spool: results are kept in memory only: {}", std::string(status.message()));
  }
  error_ = std::string(status.message());
  retry_ = std::clamp(retry_ * 2, kFirstRetry, kLongestRetry);
  KeepRing();
}

void SqliteSpool::SetBounds(const SpoolBounds& bounds) {
  bounds_ = bounds;
  KeepResults();
  WriteWithin(kGroup);
}

void SqliteSpool::Keep(const WriteReport& report) {
  usage_ = report.usage;
  oldest_wall_ms_ = report.oldest.empty() ? 0 : report.oldest.front().wall_ms;
  KeepAge(report.oldest);
  KeepBytes(report.usage);
  if (changed_) WriteWithin(kReleaseWait);
}

void SqliteSpool::KeepResults() {
  const std::uint64_t most = std::max<std::uint64_t>(bounds_.max_results, 1);
  if (ledger_.held() <= most) return;
  Forget({0, ledger_.DropOldest(ledger_.held() - most, v1::GAP_REASON_OVERFLOW)});
  changed_ = true;
}

// Erasing makes room within the file, which does not shrink: on a disk that is nearly full the file
// keeps what it uses now. More than the excess goes, so that this is not done every second.
void SqliteSpool::KeepBytes(const FileUsage& usage) {
  constexpr std::uint64_t kLeastFree = 1 << 20;
  const std::uint64_t reserve =
      std::max(kLeastFree, usage.disk_bytes / 100 * bounds_.min_free_percent);
  if (usage.disk_bytes == 0 || usage.free_bytes >= reserve) {
    frozen_bytes_ = 0;
  } else if (frozen_bytes_ == 0) {
    frozen_bytes_ = std::max<std::uint64_t>(usage.used_bytes, 1);
  }
  const bool frozen = frozen_bytes_ != 0 && frozen_bytes_ < bounds_.max_bytes;
  const std::uint64_t most = frozen ? frozen_bytes_ : bounds_.max_bytes;
  if (usage.used_bytes <= most || ledger_.held() == 0) return;
  const std::uint64_t excess = usage.used_bytes - most;
  const std::uint64_t count = ledger_.held() * excess / usage.used_bytes + ledger_.held() / 50 + 1;
  const auto reason = frozen ? v1::GAP_REASON_DISK : v1::GAP_REASON_OVERFLOW;
  Forget({0, ledger_.DropOldest(count, reason)});
  changed_ = tidy_ = true;
  WriteWithin(kGroup);
}

// Within one boot by its clock, which nobody sets; over boots there is only the wall clock.
void SqliteSpool::KeepAge(const std::vector<Stamp>& oldest) {
  if (bounds_.max_age.count() == 0) return;
  const Instant now = clock_.Now();
  std::int64_t upto = 0;
  for (const Stamp& stamp : oldest) {
    const std::int64_t age =
        stamp.boot_id == boot_id_ ? now.boot_ms - stamp.boot_ms : now.wall_ms - stamp.wall_ms;
    if (age <= bounds_.max_age.count()) break;
    upto = stamp.id;
  }
  if (upto == 0) return;
  Forget({0, ledger_.Drop({0, upto}, v1::GAP_REASON_AGE)});
  changed_ = true;
  WriteWithin(kGroup);
}

// While the disk works the tail is small; it is bounded all the same, for a disk that hangs.
void SqliteSpool::KeepRing() {
  while (tail_.size() > kRingResults || tail_.bytes() > kRingBytes) {
    const std::int64_t id = tail_.first_id();
    ledger_.Drop({id, id}, v1::GAP_REASON_DISK);
    Forget({id, id});
    changed_ = true;
  }
}

SpoolStats SqliteSpool::Stats() const {
  SpoolStats stats;
  stats.queued = ledger_.held();
  stats.capacity = bounds_.max_results;
  stats.drops = ledger_.drops();
  stats.bytes = usage_.file_bytes;
  stats.error = error_;
  if (stats.queued == 0) return stats;
  if (tail_.size() > 0) stats.oldest_wall_ms = tail_.Find(tail_.first_id())->result.wall_ms();
  if (stats.queued > tail_.size()) stats.oldest_wall_ms = oldest_wall_ms_;
  return stats;
}

}  // namespace relaywatch::agent
