#include "common/facts/dates.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/facts/text.h"

namespace relaywatch::facts {
namespace {

// The first three letters in one number: every word of every text is compared with these.
constexpr std::uint32_t Head(std::string_view word) {
  std::uint32_t head = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    head = head << 8U | static_cast<unsigned char>(ToLower(word[i]));
  }
  return head;
}

constexpr std::array<std::uint32_t, 12> kMonths{Head("jan"), Head("feb"), Head("mar"), Head("apr"),
                                                Head("may"), Head("jun"), Head("jul"), Head("aug"),
                                                Head("sep"), Head("oct"), Head("nov"), Head("dec")};
constexpr std::array<std::uint32_t, 7> kWeekdays{Head("mon"), Head("tue"), Head("wed"), Head("thu"),
                                                 Head("fri"), Head("sat"), Head("sun")};
constexpr std::array<std::string_view, 22> kZones{
    "AM",  "BST", "CDT", "CEST", "CET", "CST", "EDT", "EEST", "EET", "EST", "GMT",
    "IST", "JST", "MDT", "MEST", "MET", "MSK", "MST", "PDT",  "PM",  "PST", "UTC"};

// '#' is no punctuation: it stands for digits that were taken out, and "#:6" is no day.
std::string_view WithoutPunctuation(std::string_view word) {
  const auto counts = [](char c) { return IsAlnum(c) || c == '#'; };
  while (!word.empty() && !counts(word.front()) && word.front() != '+' && word.front() != '-') {
    word.remove_prefix(1);
  }
  while (!word.empty() && !counts(word.back())) word.remove_suffix(1);
  return word;
}

template <std::size_t N>
bool BeginsWithOneOf(std::string_view word, const std::array<std::uint32_t, N>& names) {
  return word.size() >= 3 && std::find(names.begin(), names.end(), Head(word)) != names.end();
}

// "Nov", "November"; the full names are told by their length alone, which is enough beside a day.
bool IsMonth(std::string_view word) {
  return word.size() <= 9 && BeginsWithOneOf(word, kMonths) &&
         std::all_of(word.begin(), word.end(), IsAlpha);
}

bool IsWeekday(std::string_view word) {
  return word.size() <= 9 && BeginsWithOneOf(word, kWeekdays) &&
         std::all_of(word.begin(), word.end(), IsAlpha);
}

bool IsNumber(std::string_view word, std::size_t max_digits) {
  return !word.empty() && word.size() <= max_digits &&
         std::all_of(word.begin(), word.end(), IsDigit);
}

bool IsDay(std::string_view word) { return IsNumber(word, 2); }

// "22-Nov-2026", "22/Nov/2026:10:00:00"
bool IsJoinedDate(std::string_view word) {
  if (word.empty() || !IsDigit(word.front())) return false;  // most words
  const std::size_t first = word.find_first_of("-/");
  if (first == std::string_view::npos || !IsDay(word.substr(0, first))) return false;
  const std::string_view rest = word.substr(first + 1);
  const std::size_t second = rest.find_first_of("-/");
  return second != std::string_view::npos && IsMonth(rest.substr(0, second));
}

bool IsZone(std::string_view word) {
  if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) return IsNumber(word.substr(1), 4);
  return std::find(kZones.begin(), kZones.end(), word) != kZones.end();
}

// What may stand before or behind day and month.
bool BelongsToDate(std::string_view word) {
  if (word.empty()) return true;  // punctuation alone
  const bool is_time = IsDigit(word.front()) && std::all_of(word.begin(), word.end(), [](char c) {
                         return IsDigit(c) || c == ':' || c == '.';
                       });
  return is_time || IsZone(word) || IsWeekday(word) || IsMonth(word);
}

}  // namespace

std::vector<std::string_view> SplitWords(std::string_view line) {
  std::vector<std::string_view> words;
  words.reserve(line.size() / 5 + 1);
  std::size_t begin = 0;
  while (begin < line.size()) {
    while (begin < line.size() && IsBlank(line[begin])) ++begin;
    std::size_t end = begin;
    while (end < line.size() && !IsBlank(line[end])) ++end;
    if (end > begin) words.push_back(line.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

WordSpan FindDate(const std::vector<std::string_view>& words, std::size_t from) {
  const auto bare = [&words](std::size_t i) { return WithoutPunctuation(words[i]); };
  const auto has_day_beside = [&](std::size_t i) {
    return (i > from && IsDay(bare(i - 1))) || (i + 1 < words.size() && IsDay(bare(i + 1)));
  };
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::string_view word = bare(i);
    if (!IsJoinedDate(word) && !(IsMonth(word) && has_day_beside(i))) continue;
    WordSpan span{i, i + 1};
    // Leftwards only a day and a weekday: "ready at" ends with words, never with dates.
    while (span.begin > from && (IsDay(bare(span.begin - 1)) || IsWeekday(bare(span.begin - 1)))) {
      --span.begin;
    }
    while (span.end < words.size() && BelongsToDate(bare(span.end))) ++span.end;
    return span;
  }
  return {words.size(), words.size()};
}

}  // namespace relaywatch::facts
