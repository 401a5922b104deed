// One probe for people: the verdict first, then what was seen, then what to do. Plain text of at
// most a screen, no colour, no control characters from the peer. Pure; thread-safe.
#pragma once

#include <string>

#include "cli/judged_report.h"

namespace relaywatch::cli {

std::string TextReport(const JudgedReport& judged);

}  // namespace relaywatch::cli
