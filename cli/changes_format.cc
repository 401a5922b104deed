// The pure half of changes_command.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/changes_command.h"
#include "cli/csv.h"
#include "cli/table.h"
#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

using Json = nlohmann::ordered_json;

// "confirmed 2026-… , seen by a, b".
std::string HowDecided(const v1::Change& change) {
  std::string line = fmt::format("{} {}", change.state(), TimeText(change.decided()));
  if (!change.agents().empty())
    line += fmt::format(", seen by {}", fmt::join(change.agents(), ", "));
  if (change.informational()) line += "; for information";
  if (change.state() == "confirmed" && !change.has_told()) {
    line += "; kept quiet, since it changes too often";
  }
  return line;
}

// What became of it; empty where it is open, or was never confirmed.
std::string WhatBecame(const v1::Change& change) {
  if (change.has_accepted()) return "accepted " + TimeText(change.accepted());
  if (!change.has_resolved()) return "";
  if (change.resolved_by() == change.id()) return "brings back what was before";
  return fmt::format("back as it was since {} (change {})", TimeText(change.resolved()),
                     change.resolved_by());
}

std::string Block(const v1::Change& change, std::string_view indent) {
  std::string text = fmt::format("{}#{}  {}  {}: {}:{} ({}): {}\n", indent, change.id(),
                                 TimeText(change.since()), change.location(), change.endpoint(),
                                 change.port(), Label(change.protocol()), change.summary());
  for (const std::string& difference : change.differences()) {
    text += fmt::format("{}    {}\n", indent, difference);
  }
  text += fmt::format("{}    {}\n", indent, HowDecided(change));
  const std::string became = WhatBecame(change);
  if (!became.empty()) text += fmt::format("{}    {}\n", indent, became);
  return text;
}

// In the order in which the newest of each comes; one that belongs to no incident is its own.
std::vector<std::vector<const v1::Change*>> Grouped(const v1::ChangesResponse& response) {
  std::vector<std::vector<const v1::Change*>> groups;
  std::map<std::uint64_t, std::size_t> places;
  for (const v1::Change& change : response.changes()) {
    const std::uint64_t incident = change.incident() != 0 ? change.incident() : change.id();
    const auto [place, is_new] = places.try_emplace(incident, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&change);
  }
  return groups;
}

// The facets of a rule are separated by "; ", the members of a pool by " | ".
std::string RulesText(const google::protobuf::RepeatedPtrField<v1::PolicyRule>& rules) {
  std::string text;
  for (const v1::PolicyRule& rule : rules) {
    text += fmt::format("{}{}", text.empty() ? "" : " | ", fmt::join(rule.lines(), "; "));
  }
  return text;
}

}  // namespace

std::string ChangeText(const v1::Change& change, std::string_view indent) {
  return Block(change, indent);
}

std::string ChangesText(const v1::ChangesResponse& response) {
  if (response.changes().empty()) return "no changes\n";
  std::string text;
  for (const auto& group : Grouped(response)) {
    if (!text.empty()) text += "\n";
    if (group.size() > 1) {
      text += fmt::format("{}: {}\n", group.front()->scope(), group.front()->incident_summary());
    }
    for (const v1::Change* change : group) text += Block(*change, group.size() > 1 ? "  " : "");
  }
  return text;
}

std::string ChangesCsv(const v1::ChangesResponse& response) {
  static const std::array<std::string, 18> kColumns{
      "id",     "incident", "scope",   "state",   "location", "endpoint",
      "port",   "protocol", "kinds",   "summary", "before",   "after",
      "agents", "since",    "decided", "open",    "resolved", "accepted"};
  std::string out = CsvRecord(kColumns);
  for (const v1::Change& change : response.changes()) {
    const std::array<std::string, 18> fields{
        std::to_string(change.id()),
        change.incident() != 0 ? std::to_string(change.incident()) : "",
        change.scope(),
        change.state(),
        change.location(),
        change.endpoint(),
        std::to_string(change.port()),
        std::string(Label(change.protocol())),
        fmt::format("{}", fmt::join(change.kinds(), " ")),
        change.summary(),
        RulesText(change.before()),
        RulesText(change.after()),
        fmt::format("{}", fmt::join(change.agents(), " ")),
        TimeText(change.since()),
        TimeText(change.decided()),
        change.open() ? "1" : "0",
        TimeText(change.resolved()),
        TimeText(change.accepted())};
    out += CsvRecord(fields);
  }
  return out;
}

std::string ChangesJson(const v1::ChangesResponse& response, Output output) {
  Json changes = Json::array();
  for (const v1::Change& change : response.changes()) changes.push_back(AnswerJson(change));
  return RenderJson(changes, output);
}

}  // namespace relaywatch::cli
