// The words for the help desk, as data: one summary and several pieces of advice for each verdict,
// each on one side of the matter. A new sentence is a new row. Constant; thread-safe.
#pragma once

#include <span>
#include <string_view>

#include "common/judge/situation.h"

namespace relaywatch::judge {

// On whose side the thing to change is.
enum class Side { kClientSetting, kServerPolicy, kNetworkPath, kCredentials };

// "Client setting", ...: how a piece of advice begins.
std::string_view SideName(Side side);

using Condition = bool (*)(const Situation&);

struct SummaryRow {
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  Condition when = Always;
  std::string_view text;  // placeholders as in Fill
};

struct AdviceRow {
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  Side side = Side::kClientSetting;
  Condition when = Always;
  std::string_view text;
};

// The first row of a verdict that applies is its summary; the last one of each always does.
std::span<const SummaryRow> SummaryRows();

// Every row of a verdict that applies is told, most useful first.
std::span<const AdviceRow> AdviceRows();

}  // namespace relaywatch::judge
