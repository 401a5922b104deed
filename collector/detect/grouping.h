// Many changes, one cause: the same change of an endpoint at several locations within ten minutes
// is one global change, several endpoints of one location are a change of that location's network.
// Takes confirmed changes one by one and says to which incident each belongs; an incident that
// grows keeps its number, so that it is told once and then only added to. Confined to one thread;
// knows no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/detect/change.h"

namespace relaywatch::collector::detect {

enum class Scope : std::uint8_t {
  kPlace,     // one endpoint at one location
  kEndpoint,  // one endpoint at several locations: "global"
  kLocation,  // several endpoints at one location: "network"
};
inline constexpr std::size_t kScopeCount = 3;
std::string_view Label(Scope scope);

struct Incident {
  std::uint64_t id = 0;  // of its first event
  Scope scope = Scope::kPlace;
  KindMask kinds = 0;
  std::vector<std::uint64_t> events;
  std::vector<KeyId> keys;             // of the events: each once
  std::vector<std::string> locations;  // in the order in which they joined
  std::vector<std::string> endpoints;
  std::vector<std::string> differences;  // in words, each once
  std::string words;                     // all of it
  std::int64_t since_ms = 0;
  std::int64_t last_ms = 0;
};

class Grouping {
 public:
  explicit Grouping(std::int64_t window_ms = 10 * kMinuteMs) : window_ms_(window_ms) {}

  // The incident that this change began or joined, as it is then; nullopt for what is no change of
  // rule (a certificate, a probable or cancelled one).
  std::optional<Incident> Add(const ChangeEvent& event, const KeyName& name);

 private:
  bool Joins(const Incident& incident, const ChangeEvent& event, const KeyName& name) const;

  std::vector<Incident> open_;
  std::int64_t window_ms_;
};

}  // namespace relaywatch::collector::detect
