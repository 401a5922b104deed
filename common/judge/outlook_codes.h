// The error codes that Outlook shows its user for each verdict: verdicts.md, last column.
// Constant data; thread-safe.
#pragma once

#include <span>
#include <string_view>

#include "common/judge/judge.h"

namespace relaywatch::judge {

// Most likely first; empty for ok and relay_open, which no user ever sees. `facts` tells protocol
// and certificate reason, `judgement` verdict and stage.
std::span<const std::string_view> OutlookCodes(const v1::Facts& facts, const Judgement& judgement);

}  // namespace relaywatch::judge
