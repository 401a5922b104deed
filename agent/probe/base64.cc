#include "agent/probe/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace relaywatch::probe {
namespace {

constexpr std::size_t kGroup = 4;

bool IsInAlphabet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Secret ToBase64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * kGroup + 1, '\0');  // EVP ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), Bytes(bytes),
                                   static_cast<int>(bytes.size()));
  Secret encoded(std::string_view(text).substr(0, static_cast<std::size_t>(size)));
  WipeBytes(text.data(), text.size());
  return encoded;
}

std::optional<std::string> FromBase64(std::string_view text) {
  const std::size_t end = std::min(text.find('='), text.size());
  const std::size_t padding = text.size() - end;
  const std::string_view digits = text.substr(0, end);
  if (text.size() % kGroup != 0 || padding > 2 ||
      text.find_first_not_of('=', end) != std::string_view::npos ||
      !std::all_of(digits.begin(), digits.end(), IsInAlphabet)) {
    return std::nullopt;
  }
  std::string bytes(text.size() / kGroup * 3, '\0');
  if (text.empty()) return bytes;
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), Bytes(text),
                  static_cast<int>(text.size()));
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace relaywatch::probe
