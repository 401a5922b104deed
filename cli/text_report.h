// One probe for people: the verdict first, then what was seen, then what to do. Plain text of at
// most a screen, no colour, no control characters from the peer. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "cli/judged_report.h"

namespace relaywatch::cli {

std::string TextReport(const JudgedReport& judged);

// Without the heading and the transcript: the verdicts, what was seen, what to do.
std::string TextBody(const JudgedReport& judged);

// Breaks a paragraph at blanks, within the width of a screen; the first line goes behind `first`,
// the others behind `rest`.
void Wrap(std::string& out, std::string_view first, std::string_view rest, std::string_view text);

}  // namespace relaywatch::cli
