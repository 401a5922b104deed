#include "collector/serve/policy_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "collector/serve/catalogue.h"

namespace relaywatch::collector {
namespace {

using detect::ChangeKind;
using prometheus::Labels;

constexpr std::size_t kKinds = detect::kChangeKindCount;

constexpr ChangeKind KindAt(std::size_t i) { return static_cast<ChangeKind>(i); }

}  // namespace

struct PolicyMetrics::Key {
  Labels labels;
  std::array<prometheus::Counter*, kKinds> changes{};
  std::array<prometheus::Gauge*, kKinds> last{};  // made when first needed
  std::array<std::int64_t, kKinds> last_ms{};

  Labels Of(ChangeKind kind) const {
    Labels with = labels;
    with.emplace("kind", Label(kind));
    return with;
  }
};

PolicyMetrics::PolicyMetrics(prometheus::Registry& registry, LiveMetrics& budget)
    : changes_(Describe(prometheus::BuildCounter(), metric::kPolicyChanges).Register(registry)),
      last_(Describe(prometheus::BuildGauge(), metric::kPolicyLastChange).Register(registry)),
      open_changes_(registry),
      budget_(budget) {}

PolicyMetrics::~PolicyMetrics() = default;

PolicyMetrics::Key* PolicyMetrics::Find(const std::string& location, const std::string& endpoint,
                                        std::uint32_t port) {
  const auto [entry, is_new] = keys_.try_emplace({location, endpoint, port});
  if (!is_new) return entry->second.get();
  if (!budget_.TakeSeries(kKinds)) {
    keys_.erase(entry);
    return nullptr;
  }
  auto key = std::make_unique<Key>();
  key->labels = {{"location", location}, {"endpoint", endpoint}, {"port", fmt::to_string(port)}};
  for (std::size_t i = 0; i < kKinds; ++i) key->changes[i] = &changes_.Add(key->Of(KindAt(i)));
  entry->second = std::move(key);
  return entry->second.get();
}

void PolicyMetrics::Count(Key& key, detect::KindMask kinds, std::int64_t since_ms) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    if ((kinds & Bit(KindAt(i))) != 0) key.changes[i]->Increment();
  }
  Remember(key, kinds, since_ms);
}

void PolicyMetrics::Remember(Key& key, detect::KindMask kinds, std::int64_t since_ms) {
  for (std::size_t i = 0; i < kKinds; ++i) {
    if ((kinds & Bit(KindAt(i))) == 0) continue;
    if (key.last[i] == nullptr && !budget_.TakeSeries(1)) continue;
    if (key.last[i] == nullptr) key.last[i] = &last_.Add(key.Of(KindAt(i)));
    Show(key, i, std::max(key.last_ms[i], since_ms));
  }
}

void PolicyMetrics::GoBack(std::int64_t now_ms) {
  for (const auto& [name, key] : keys_) {
    for (std::size_t i = 0; i < kKinds; ++i) {
      if (key->last[i] != nullptr) Show(*key, i, std::min(key->last_ms[i], now_ms));
    }
  }
}

void PolicyMetrics::Show(Key& key, std::size_t kind, std::int64_t last_ms) {
  key.last_ms[kind] = last_ms;
  key.last[kind]->Set(static_cast<double>(last_ms) / 1000);
}

}  // namespace relaywatch::collector
