#include "tests/support/unsynced_writes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace relaywatch::support {
namespace {

constexpr std::size_t kSector = 512;

std::string ContentOf(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

void UnsyncedWrites::Record() {
  const std::lock_guard lock(mutex_);
  recording_ = true;
}

void UnsyncedWrites::LosePowerIn(int steps, const std::string& from, const std::string& to,
                                 unsigned seed) {
  const std::lock_guard lock(mutex_);
  steps_left_ = steps;
  lost_ = false;
  from_ = from + "/";
  to_ = to;
  random_.seed(seed);
}

bool UnsyncedWrites::power_lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void UnsyncedWrites::Opened(const std::string& file) {
  const std::lock_guard lock(mutex_);
  if (!recording_ || files_.contains(file)) return;
  const bool there = std::filesystem::exists(file);
  files_[file] = {there ? ContentOf(file) : "", there, {}};
}

void UnsyncedWrites::Written(const std::string& file, std::int64_t at, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  Step();
  found->second.since.push_back({at, std::string(bytes)});
}

void UnsyncedWrites::Truncated(const std::string& file, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  Step();
  found->second.since.push_back({size, "", true});
}

void UnsyncedWrites::Synced(const std::string& file) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  Step();
  File& synced = found->second;
  for (const Change& change : synced.since) Apply(change, synced.content);
  synced.since.clear();
  synced.durable = true;
}

void UnsyncedWrites::Deleted(const std::string& file) {
  const std::lock_guard lock(mutex_);
  files_.erase(file);
}

void UnsyncedWrites::Apply(const Change& change, std::string& content) {
  const auto at = static_cast<std::size_t>(change.at);
  if (change.truncates) {
    content.resize(std::min(content.size(), at));
    return;
  }
  content.resize(std::max(content.size(), at + change.bytes.size()));
  content.replace(at, change.bytes.size(), change.bytes);
}

void UnsyncedWrites::Step() {
  if (steps_left_ == 0 || --steps_left_ > 0) return;
  lost_ = true;
  std::filesystem::create_directories(to_);
  for (const auto& [name, file] : files_) {
    if (name.starts_with(from_)) Keep(name, file);
  }
}

void UnsyncedWrites::Keep(const std::string& name, const File& file) {
  if (!file.durable && random_() % 2 == 0) return;
  std::string content = file.content;
  for (const Change& change : Survivors(file)) Apply(change, content);
  std::ofstream(to_ + "/" + name.substr(from_.size()), std::ios::binary) << content;
}

// Whole sectors of writes, some lost, in some order. The newest of several to one place need not
// win; a truncation happens at its place in time or never.
std::vector<UnsyncedWrites::Change> UnsyncedWrites::Survivors(const File& file) {
  std::vector<Change> kept;
  const unsigned odds = random_() % 5;  // of four: from all lost to all kept
  for (const Change& change : file.since) {
    if (change.truncates) {
      if (random_() % 2 == 0) kept.push_back(change);
      continue;
    }
    for (std::size_t at = 0; at < change.bytes.size(); at += kSector) {
      if (random_() % 4 >= odds) continue;
      kept.push_back({change.at + static_cast<std::int64_t>(at), change.bytes.substr(at, kSector)});
    }
  }
  const bool truncates = std::ranges::any_of(kept, &Change::truncates);
  if (!truncates && random_() % 2 == 0) std::ranges::shuffle(kept, random_);
  return kept;
}

}  // namespace relaywatch::support
