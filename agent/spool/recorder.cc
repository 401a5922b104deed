#include "agent/spool/recorder.h"

#include <algorithm>
#include <utility>

#include "common/facts/normalise.h"

namespace relaywatch::agent {
namespace {

constexpr std::int64_t kMaxStageUs =
    3'600'000'000;  // what the collector believes; a dialogue has a minute

v1::Path ToPath(const Service& service, const std::string& location, const probe::Report& report) {
  v1::Path path;
  path.set_location(location);
  path.set_endpoint(service.key.endpoint);
  path.set_host(service.host);
  path.set_protocol(service.key.protocol);
  path.set_security(service.security);
  path.set_port(service.key.port);
  path.set_address(report.address);
  return path;
}

v1::Result ToResult(const probe::Report& report) {
  v1::Result result;
  result.set_wall_ms(report.wall_ms);
  result.set_boot_ms(report.boot_ms);
  std::size_t count = report.timings.size();
  while (count > 0 && report.timings[count - 1].count() == 0) --count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto us = std::clamp<std::int64_t>(report.timings[i].count(), 0, kMaxStageUs);
    result.add_stage_us(static_cast<std::uint32_t>(us));
  }
  return result;
}

bool SamePath(const v1::Path& a, const v1::Path& b) {
  return a.location() == b.location() && a.endpoint() == b.endpoint() && a.host() == b.host() &&
         a.protocol() == b.protocol() && a.security() == b.security() && a.port() == b.port() &&
         a.address() == b.address();
}

std::string Serialise(v1::Facts facts) {
  facts::Normalise(facts);
  BoundFacts(facts, kMaxOutcomeBytes);
  return facts.SerializeAsString();
}

// Halves a list from its end; false where nothing is left to cut.
template <typename List>
bool Halve(List& list) {
  if (list.empty()) return false;
  list.DeleteSubrange(list.size() / 2, list.size() - list.size() / 2);
  return true;
}

bool CutLongest(v1::Facts& facts) {
  google::protobuf::RepeatedPtrField<std::string>* longest = nullptr;
  std::size_t longest_bytes = 0;
  const auto consider = [&](auto* list) {
    std::size_t bytes = 0;
    for (const auto& text : *list) bytes += text.size() + 2;
    if (bytes > longest_bytes) {
      longest = list;
      longest_bytes = bytes;
    }
  };
  if (facts.has_plain()) consider(facts.mutable_plain()->mutable_lines());
  if (facts.has_tls_capabilities()) consider(facts.mutable_tls_capabilities()->mutable_lines());
  if (facts.tls().has_certificate()) {
    consider(facts.mutable_tls()->mutable_certificate()->mutable_names());
  }
  return longest != nullptr && Halve(*longest);
}

}  // namespace

void BoundFacts(v1::Facts& facts, std::size_t max_bytes) {
  if (facts.ByteSizeLong() <= max_bytes) return;
  const auto& notes = facts.notes();
  if (std::find(notes.begin(), notes.end(), v1::NOTE_TEXT_TRUNCATED) == notes.end()) {
    facts.add_notes(v1::NOTE_TEXT_TRUNCATED);
  }
  while (facts.ByteSizeLong() > max_bytes && CutLongest(facts)) {
  }
}

Recorded Recorder::Record(const Service& service, const std::string& location,
                          const probe::Report& report) {
  Last& last = last_[service.key];
  v1::Path path = ToPath(service, location, report);
  std::string outcome = Serialise(report.facts);
  Recorded recorded;
  recorded.changed =
      !last.outcome || *last.outcome != outcome || last.path->location() != path.location();
  if (!last.path || !SamePath(*last.path, path)) {
    last.path = std::make_shared<const v1::Path>(std::move(path));
  }
  if (!last.outcome || *last.outcome != outcome) {
    last.outcome = std::make_shared<const std::string>(std::move(outcome));
  }
  recorded.result = {last.path, last.outcome, ToResult(report), boot_id_};
  return recorded;
}

std::string Recorder::LocationOf(const ServiceKey& key) const {
  const auto last = last_.find(key);
  return last == last_.end() ? "" : last->second.path->location();
}

void Recorder::Keep(const std::vector<Service>& services) {
  std::map<ServiceKey, Last> kept;
  for (const Service& service : services) {
    if (auto node = last_.extract(service.key)) kept.insert(std::move(node));
  }
  last_ = std::move(kept);
}

}  // namespace relaywatch::agent
