// What is read out of EHLO, CAPA and CAPABILITY lines, and out of the greeting. Input: a byte for
// the protocol, then the lines.
#include <algorithm>

#include "common/smtp/capabilities.h"
#include "tests/fuzz/expect.h"

namespace relaywatch {
namespace {

using fuzz::Expect;

v1::Capabilities Lines(std::string_view text) {
  v1::Capabilities capabilities;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    capabilities.add_lines(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return capabilities;
}

void ExpectNames(const std::vector<std::string>& mechanisms) {
  for (std::size_t i = 0; i < mechanisms.size(); ++i) {
    const std::string& name = mechanisms[i];
    Expect(!name.empty() && name.size() <= 20, "a mechanism has 1 to 20 characters");
    Expect(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; }),
           "a mechanism is in upper case");
    Expect(std::find(mechanisms.begin(), mechanisms.begin() + static_cast<std::ptrdiff_t>(i),
                     name) == mechanisms.begin() + static_cast<std::ptrdiff_t>(i),
           "no mechanism is told twice");
  }
}

}  // namespace
}  // namespace relaywatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace relaywatch;
  std::string_view input = fuzz::AsText(data, size);
  const auto protocol = static_cast<v1::Protocol>(1 + fuzz::TakeByte(input) % 3);
  const v1::Capabilities capabilities = Lines(input);
  for (const bool equals_form : {false, true}) {
    for (const bool last_line_only : {false, true}) {
      ExpectNames(smtp::AuthMechanisms(capabilities, protocol, {equals_form, last_line_only}));
    }
  }
  smtp::OffersStartTls(capabilities, protocol);
  smtp::LoginDisabled(capabilities, protocol);
  smtp::EchoedAddress(input);
  smtp::IsMaskedKeyword(input);
  smtp::IsMaskedBanner(input);
  return 0;
}
