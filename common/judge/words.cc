#include "common/judge/words.h"

#include <algorithm>

#include "common/facts/normalise.h"
#include "common/facts/text.h"

namespace relaywatch::judge {
namespace {

using facts::IsAlnum;
using facts::IsDigit;
using facts::IsNameChar;

// Of the characters behind a blank; a word of one letter and the last one may have fewer than
// three.
std::uint16_t Head(std::string_view at_blank) {
  constexpr std::size_t kLength = 3;
  constexpr unsigned kMask = 0xFFF;
  unsigned head = 0;
  for (const char c : at_blank.substr(1, kLength)) head = head * 37 + static_cast<unsigned char>(c);
  return static_cast<std::uint16_t>(head & kMask);
}

// Letters of other scripts come as bytes above ASCII.
bool IsWordChar(char c) { return IsAlnum(c) || static_cast<unsigned char>(c) >= 0x80; }

bool IsNumber(std::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsDigit(c) || c == '.' || c == '#' || c == '-'; });
}

// Cuts "<user@example.com>" and "<unknown[192.0.2.7]>" out of a line.
std::string WithoutAngleBrackets(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  while (!line.empty()) {
    const std::size_t open = line.find('<');
    out += line.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = line.find_first_of("> \t", open);
    const bool is_bracketed = close != std::string_view::npos && line[close] == '>';
    out += ' ';
    line.remove_prefix(is_bracketed ? close + 1 : open + 1);
  }
  return out;
}

}  // namespace

Phrases::Phrases(std::string_view alternatives) {
  while (!alternatives.empty()) {
    const std::size_t bar = std::min(alternatives.find('|'), alternatives.size());
    std::string_view words = alternatives.substr(0, bar);
    alternatives.remove_prefix(std::min(bar + 1, alternatives.size()));
    if (words.empty()) continue;
    const bool goes_on = words.ends_with('*');
    if (goes_on) words.remove_suffix(1);
    Phrase phrase{.text = " " + std::string(words) + (goes_on ? "" : " ")};
    phrase.head = Head(phrase.text);
    phrases_.push_back(std::move(phrase));
  }
}

// Normalising first makes raw and stored texts read alike: judging is the same for both.
Words::Words(std::string_view reply_text) {
  const std::string normalised = facts::NormaliseText(reply_text);
  text_.reserve(normalised.size() + 2);
  std::string_view rest = normalised;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    AddLine(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  IndexWords();
}

void Words::IndexWords() {
  for (std::size_t i = 0; i + 1 < text_.size(); i = text_.find(' ', i + 1)) {
    const std::uint16_t head = Head(std::string_view(text_).substr(i));
    heads_.set(head);
    head_of_word_ += static_cast<char>(head);
    begin_of_word_.push_back(static_cast<std::uint32_t>(i));
  }
}

void Words::AddLine(std::string_view line) {
  const std::string bare = WithoutAngleBrackets(line);
  const std::string_view all = bare;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end < all.size() && !facts::IsBlank(all[end])) ++end;
    AddWord(all.substr(begin, end - begin));
    begin = end + 1;
  }
}

void Words::AddWord(std::string_view word) {
  const std::size_t scheme = word.find("://");
  if (scheme != std::string_view::npos) word = word.substr(0, scheme);
  const bool is_url = scheme != std::string_view::npos;
  for (std::size_t i = 0; i < word.size();) {
    std::size_t end = i;
    while (end < word.size() && (IsNameChar(word[end]) || IsWordChar(word[end]) ||
                                 word[end] == '@' || word[end] == '\'')) {
      ++end;
    }
    if (end == i) {
      ++i;
      continue;
    }
    const std::string_view name = word.substr(i, end - i);
    if (is_url && end == word.size()) return;  // the scheme's own name
    const bool is_host = facts::IsHostName(name);
    if (is_host && end < word.size() && word[end] == '/') return;  // a URL without its scheme
    if (!is_host) AddName(name);
    i = end;
  }
}

void Words::AddName(std::string_view name) {
  while (!name.empty() && name.back() == '.') name.remove_suffix(1);
  if (IsNumber(name) || facts::IsHostName(name)) return;
  if (name.find('@') != std::string_view::npos) return;
  for (const char c : name) {
    if (IsWordChar(c)) {
      text_ += facts::ToLower(c);
    } else if (c != '\'' && text_.back() != ' ') {
      text_ += ' ';
    }
  }
  if (text_.back() != ' ') text_ += ' ';
}

bool Words::Has(const Phrases::Phrase& phrase) const {
  const auto head = static_cast<char>(phrase.head);
  for (std::size_t i = head_of_word_.find(head); i != std::string::npos;
       i = head_of_word_.find(head, i + 1)) {
    if (text_.compare(begin_of_word_[i], phrase.text.size(), phrase.text) == 0) return true;
  }
  return false;
}

bool Words::HasAny(const Phrases& phrases) const {
  return std::any_of(
      phrases.phrases_.begin(), phrases.phrases_.end(),
      [this](const Phrases::Phrase& phrase) { return heads_.test(phrase.head) && Has(phrase); });
}

}  // namespace relaywatch::judge
