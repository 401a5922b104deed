#include "collector/serve/open_change_metrics.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "collector/serve/catalogue.h"

namespace relaywatch::collector {
namespace {

// Not in the middle of a character of UTF-8.
std::string Cut(const std::string& words, std::size_t bytes) {
  if (words.size() <= bytes) return words;
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xc0) == 0x80) --end;
  return words.substr(0, end) + "…";
}

}  // namespace

OpenChangeMetrics::OpenChangeMetrics(prometheus::Registry& registry)
    : family_(Describe(prometheus::BuildGauge(), metric::kPolicyOpenChange).Register(registry)) {}

void OpenChangeMetrics::Take(const ChangeRow& change) {
  if (change.status.state != detect::ChangeState::kConfirmed || change.is_informational) return;
  const auto [entry, is_new] = changes_.try_emplace(change.status.id);
  if (is_new) {
    entry->second.since_ms = change.since_ms;
    entry->second.labels = {{"location", change.key.location},
                            {"endpoint", change.key.endpoint},
                            {"port", fmt::to_string(change.key.port)},
                            {"kinds", detect::Labels(change.kinds)},
                            {"change", fmt::to_string(change.status.id)},
                            {"difference", Cut(change.words, kMaxWords)}};
  }
  Take(change.status);
}

void OpenChangeMetrics::Take(const ChangeStatus& status) {
  const auto known = changes_.find(status.id);
  if (known == changes_.end()) return;
  if (status.open != 0) return Show(known->second, status);
  if (known->second.shown != nullptr) {
    family_.Remove(known->second.shown);
    --shown_;
  }
  changes_.erase(known);
}

void OpenChangeMetrics::Show(Change& change, const ChangeStatus& status) {
  if (change.shown != nullptr || status.told_ms == 0 || shown_ == kMaxShown) return;
  change.shown = &family_.Add(change.labels);
  change.shown->Set(static_cast<double>(change.since_ms) / 1000);
  ++shown_;
}

}  // namespace relaywatch::collector
