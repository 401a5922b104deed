// Columns of 12-bit words in a blob, the i-th in the hexadecimal digits 3i to 3i + 2, so that plain
// SQL reads it: substr(hex(column), 3 * i + 1, 3). Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace relaywatch::collector {

constexpr std::size_t WordBytes(std::size_t count) { return (count * 3 + 1) / 2; }

// Words below 4096.
inline void AppendWords(std::span<const std::uint16_t> words, std::string& blob) {
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const unsigned first = words[i];
    const unsigned second = i + 1 < words.size() ? words[i + 1] : 0;
    blob.push_back(static_cast<char>(first >> 4));
    blob.push_back(static_cast<char>((first & 15) << 4 | second >> 8));
    if (i + 1 < words.size()) blob.push_back(static_cast<char>(second));
  }
}

// The blob must hold it.
inline std::uint16_t WordAt(std::string_view blob, std::size_t i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(blob[at]); };
  const std::size_t at = i / 2 * 3;
  return static_cast<std::uint16_t>(i % 2 == 0 ? byte(at) << 4 | byte(at + 1) >> 4
                                               : (byte(at + 1) & 15) << 8 | byte(at + 2));
}

}  // namespace relaywatch::collector
