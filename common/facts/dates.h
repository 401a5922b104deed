// Finds dates that a server writes into its free text: RFC 5322 ("Sun, 22 Nov 2026 10:00:00
// +0100"), ctime ("Sun Nov 22 10:00:00 2026") and "22-Nov-2026". Dates in digits only (ISO 8601)
// need no finding: their digits are taken out like any others. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace relaywatch::facts {

// The words of one line, without the blanks between them.
std::vector<std::string_view> SplitWords(std::string_view line);

struct WordSpan {
  std::size_t begin = 0;
  std::size_t end = 0;  // one past the last; begin == end where there is none
};

// The first date at or after `from`, whole, with weekday, time and zone.
WordSpan FindDate(const std::vector<std::string_view>& words, std::size_t from);

}  // namespace relaywatch::facts
