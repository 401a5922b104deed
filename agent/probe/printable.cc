#include "agent/probe/printable.h"

#include <cstdint>

namespace relaywatch::probe {
namespace {

struct Character {
  char32_t point = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

// The shortest-form table of RFC 3629, section 4: lead byte, then the range of the second byte.
Character Decode(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = at(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || length > bytes.size()) return {};
  if (length == 1) return {lead, 1};
  char32_t point = lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return {};
    point = (point << 6) | (at(i) & 0x3F);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return {};
  return {point, length};
}

bool IsPrintable(char32_t point) {
  if (point < 0x20) return point == '\n';
  if (point >= 0x7F && point < 0xA0) return false;                           // DEL and C1
  if (point == 0x61C || (point >= 0x200B && point <= 0x200F)) return false;  // marks, zero width
  if (point >= 0x2028 && point <= 0x202E) return false;  // separators and bidirectional embeddings
  if (point >= 0x2060 && point <= 0x206F) return false;  // invisible operators and isolates
  return point != 0xFEFF && (point & 0xFFFE) != 0xFFFE;
}

}  // namespace

PrintableText Printable(std::string_view bytes, std::size_t max_bytes) {
  PrintableText result;
  result.text.reserve(bytes.size() < max_bytes ? bytes.size() : max_bytes);
  while (!bytes.empty()) {
    const Character character = Decode(bytes);
    const std::size_t taken = character.length == 0 ? 1 : character.length;
    const bool keep = character.length != 0 && IsPrintable(character.point);
    const std::size_t stored = keep ? taken : 1;
    if (result.text.size() + stored > max_bytes) {
      result.truncated = true;
      break;
    }
    if (keep) {
      result.text.append(bytes.substr(0, taken));
    } else {
      result.text.push_back(character.point == '\t' && taken == 1 && bytes[0] == '\t' ? ' ' : '?');
    }
    bytes.remove_prefix(taken);
  }
  return result;
}

}  // namespace relaywatch::probe
