// The pure half of compare_command.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "cli/compare_command.h"
#include "cli/csv.h"
#include "cli/table.h"
#include "cli/text_report.h"
#include "cli/witness_text.h"
#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch::cli {
namespace {

const v1::ProfileVerdict* Find(const v1::Side& side, const std::string& profile) {
  for (const v1::ProfileVerdict& verdict : side.verdicts()) {
    if (verdict.profile() == profile) return &verdict;
  }
  return nullptr;
}

std::string VerdictAt(const v1::Side& side, const std::string& profile) {
  const v1::ProfileVerdict* verdict = Find(side, profile);
  return verdict == nullptr ? "" : std::string(Label(verdict->verdict()));
}

// Of both sides, in their order.
std::vector<std::string> ProfilesOf(const v1::ComparedService& service) {
  for (const v1::Side& side : service.sides()) {
    if (side.verdicts().empty()) continue;
    std::vector<std::string> profiles;
    for (const v1::ProfileVerdict& verdict : side.verdicts()) profiles.push_back(verdict.profile());
    return profiles;
  }
  return {};
}

// Verdicts side by side; what differs is marked.
void AddVerdicts(std::string& out, const v1::ComparedService& service) {
  if (service.sides_size() != 2) return;
  const v1::Side& a = service.sides(0);
  const v1::Side& b = service.sides(1);
  Rows rows{{"", "profile", a.location(), b.location()}};
  for (const std::string& profile : ProfilesOf(service)) {
    const std::string at_a = VerdictAt(a, profile);
    const std::string at_b = VerdictAt(b, profile);
    rows.push_back({at_a == at_b ? "" : "*", profile, a.probed() ? at_a : "not probed",
                    b.probed() ? at_b : "not probed"});
  }
  out += RenderColumns(rows);
}

void AddCapabilities(std::string& out, const v1::Side& side) {
  if (!side.only_plain().empty()) {
    Wrap(out, "  ", "    ",
         fmt::format("only at {}, before TLS: {}", side.location(),
                     fmt::join(side.only_plain(), "; ")));
  }
  if (!side.only_tls().empty()) {
    Wrap(out, "  ", "    ",
         fmt::format("only at {}, inside TLS: {}", side.location(),
                     fmt::join(side.only_tls(), "; ")));
  }
}

std::string ServiceText(const v1::ComparedService& service) {
  std::string out = fmt::format("{}:{} ({})\n", service.endpoint(), service.port(), service.host());
  Wrap(out, "  ", "  ", fmt::format("{}: {}", CauseText(service.cause()), service.words()));
  AddVerdicts(out, service);
  for (const v1::Side& side : service.sides()) AddCapabilities(out, side);
  if (service.here().empty() && service.elsewhere().empty()) return out;
  out += "  evidence\n";
  AddWitnesses(out, service.here());
  AddWitnesses(out, service.elsewhere());
  return out;
}

}  // namespace

std::string CompareText(const v1::CompareResponse& answer) {
  if (answer.services().empty()) return "no service is probed from either place\n";
  std::string out = fmt::format("{} to {}\n", TimeText(answer.from()), TimeText(answer.to()));
  for (const v1::ComparedService& service : answer.services()) out += "\n" + ServiceText(service);
  return out;
}

std::string CompareCsv(const v1::CompareResponse& answer) {
  static const std::array<std::string, 12> kColumns{
      "endpoint",  "host",       "port",      "protocol", "profile", "location_a",
      "verdict_a", "location_b", "verdict_b", "cause",    "words",   "to"};
  std::string out = CsvRecord(kColumns);
  for (const v1::ComparedService& service : answer.services()) {
    if (service.sides_size() != 2) continue;
    for (const std::string& profile : ProfilesOf(service)) {
      const std::array<std::string, 12> fields{service.endpoint(),
                                               service.host(),
                                               std::to_string(service.port()),
                                               std::string(Label(service.protocol())),
                                               profile,
                                               service.sides(0).location(),
                                               VerdictAt(service.sides(0), profile),
                                               service.sides(1).location(),
                                               VerdictAt(service.sides(1), profile),
                                               service.cause(),
                                               service.words(),
                                               TimeText(answer.to())};
      out += CsvRecord(fields);
    }
  }
  return out;
}

}  // namespace relaywatch::cli
