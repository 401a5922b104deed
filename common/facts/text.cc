#include "common/facts/text.h"

#include <algorithm>
#include <array>

namespace relaywatch::facts {
namespace {

// Names of the field that mix letters and digits like ids do.
constexpr std::array<std::string_view, 8> kFieldWords{
    "8bitmime", "smtputf8", "imap4rev1", "imap4rev2", "base64", "xoauth2", "pop3s", "imap4s"};

bool IsCapitalised(std::string_view label) {
  return label.size() >= 2 && IsUpper(label[0]) && IsLower(label[1]);
}

// "2026-11-22" and whatever follows it.
bool BeginsWithIsoDate(std::string_view word) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  if (word.size() < kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '-' ? word[i] != '-' : !IsDigit(word[i])) return false;
  }
  return true;
}

}  // namespace

bool IsFieldWord(std::string_view word) {
  return std::any_of(kFieldWords.begin(), kFieldWords.end(), [word](std::string_view known) {
    return std::equal(known.begin(), known.end(), word.begin(), word.end(),
                      [](char a, char b) { return a == ToLower(b); });
  });
}

bool IsHostName(std::string_view name) {
  const std::size_t last_dot = name.rfind('.');
  if (last_dot == std::string_view::npos || last_dot == 0) return false;
  const std::string_view top = name.substr(last_dot + 1);
  if (top.size() < 2) return false;
  const bool is_alphabetic = std::all_of(top.begin(), top.end(), IsAlpha);
  if (!is_alphabetic && !top.starts_with("xn--")) return false;
  if (name.find("..") != std::string_view::npos) return false;
  if (!std::all_of(name.begin(), name.end(), IsNameChar)) return false;
  const bool two_sentences =
      name.find('.') == last_dot && IsCapitalised(top) && IsLower(name[last_dot - 1]);
  return !two_sentences;
}

bool IsEnhancedCode(std::string_view word) {
  if (word.size() < 5 || word[1] != '.') return false;
  if (word[0] != '2' && word[0] != '4' && word[0] != '5') return false;
  const std::string_view rest = word.substr(2);
  const std::size_t dot = rest.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot > 3) return false;
  const std::string_view detail = rest.substr(dot + 1);
  return !detail.empty() && detail.size() <= 3 &&
         std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(dot), IsDigit) &&
         std::all_of(detail.begin(), detail.end(), IsDigit);
}

bool IsAddressOrTime(std::string_view word) {
  if (BeginsWithIsoDate(word)) return true;
  const auto is_hex_digit = [](char c) {
    return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'f');
  };
  std::size_t dots = 0;
  std::size_t colons = 0;
  std::size_t digits = 0;
  for (const char c : word) {
    if (c == '.') {
      ++dots;
    } else if (c == ':') {
      ++colons;
    } else if (is_hex_digit(c)) {
      digits += IsDigit(c) ? 1 : 0;
    } else {
      return false;
    }
  }
  if (colons >= 2) return digits > 0;
  const bool only_digits_and_dots = digits + dots == word.size();
  return colons == 0 && dots == 3 && only_digits_and_dots && word.front() != '.' &&
         word.back() != '.' && word.find("..") == std::string_view::npos;
}

bool IsMachineId(std::string_view atom) {
  constexpr std::size_t kSurelyNoWord = 8;    // "A1B2C3D4"
  constexpr std::size_t kLeadingDigitId = 6;  // Exim: "1tXyZ0"
  constexpr std::size_t kInterleavedId = 5;   // "a1b2c"
  constexpr std::size_t kBase64WithoutDigit = 24;
  bool has_letter = false;
  bool has_digit = false;
  std::size_t kind_changes = 0;
  std::size_t capitals = 0;
  for (std::size_t i = 0; i < atom.size(); ++i) {
    has_letter |= IsAlpha(atom[i]);
    has_digit |= IsDigit(atom[i]);
    capitals += IsUpper(atom[i]) ? 1 : 0;
    if (i == 0) continue;
    kind_changes += IsDigit(atom[i]) != IsDigit(atom[i - 1]) ? 1 : 0;
  }
  if (!has_letter) return false;
  if (!has_digit) {  // camel case has fewer capitals, shouting has nothing else
    return atom.size() >= kBase64WithoutDigit && capitals * 4 >= atom.size() &&
           capitals < atom.size();
  }
  if (IsFieldWord(atom)) return false;
  return atom.size() >= kSurelyNoWord ||
         (atom.size() >= kLeadingDigitId && IsDigit(atom.front())) ||
         (atom.size() >= kInterleavedId && kind_changes >= 2);
}

}  // namespace relaywatch::facts
