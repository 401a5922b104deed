#include "agent/probe/reply.h"

#include <algorithm>
#include <utility>

#include "agent/probe/printable.h"

namespace relaywatch::probe {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// One to three digits from `start`; where they end, or `start` where there are none.
std::size_t EndOfNumber(std::string_view text, std::size_t start) {
  constexpr std::size_t kMaxDigits = 3;
  std::size_t end = start;
  while (end < text.size() && end - start < kMaxDigits && IsDigit(text[end])) ++end;
  return end;
}

}  // namespace

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::string_view EnhancedCode(std::string_view line, int code) {
  if (line.size() < 5 || line[0] != static_cast<char>('0' + code / 100) || line[1] != '.')
    return {};
  const std::size_t subject_end = EndOfNumber(line, 2);
  if (subject_end == 2 || subject_end >= line.size() || line[subject_end] != '.') return {};
  const std::size_t detail_end = EndOfNumber(line, subject_end + 1);
  if (detail_end == subject_end + 1) return {};
  const bool ends_there = detail_end == line.size() || line[detail_end] == ' ';
  return ends_there ? line.substr(0, detail_end) : std::string_view{};
}

v1::Reply StoredReply(const RawReply& reply, bool& truncated) {
  v1::Reply stored;
  stored.set_code(reply.code);
  std::string text;
  text.reserve(std::min(reply.text.size(), kMaxStoredBytes + 1));
  bool first = true;
  for (std::string_view line : SplitLines(reply.text)) {
    const std::string_view enhanced = EnhancedCode(line, reply.code);
    if (stored.enhanced().empty()) stored.set_enhanced(std::string(enhanced));
    line.remove_prefix(std::min(line.size(), enhanced.empty() ? 0 : enhanced.size() + 1));
    if (!std::exchange(first, false)) text.push_back('\n');
    text.append(line);
  }
  PrintableText printable = Printable(text);
  truncated |= printable.truncated;
  stored.set_text(std::move(printable.text));
  return stored;
}

v1::Capabilities StoredLines(std::string_view text, bool& truncated) {
  v1::Capabilities stored;
  if (text.empty()) return stored;
  for (const std::string_view line : SplitLines(text)) {
    PrintableText printable = Printable(line);
    truncated |= printable.truncated;
    stored.add_lines(std::move(printable.text));
  }
  return stored;
}

}  // namespace relaywatch::probe
