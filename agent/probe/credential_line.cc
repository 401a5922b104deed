#include "agent/probe/credential_line.h"

#include <algorithm>
#include <utility>

#include "agent/probe/base64.h"
#include "agent/probe/command.h"

namespace relaywatch::probe {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

bool IsText(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x80; });
}

// `before` in the clear, then what is hidden.
std::optional<CredentialLine> Line(std::string_view before, Secret hidden, std::size_t max_bytes) {
  Secret line({before, hidden.view(), kLineEnd});
  if (line.view().size() > max_bytes) return std::nullopt;
  std::string shown(before);
  shown.append(hidden.empty() ? std::string_view() : kHidden);
  return CredentialLine{
      .line = std::move(line), .hidden = std::move(hidden), .shown = std::move(shown)};
}

// RFC 4954, section 4: an empty initial response is an equals sign.
Secret InitialResponse(std::string_view message) {
  return message.empty() ? Secret(std::string_view("=")) : ToBase64(message);
}

// RFC 9051, section 9: quotation marks and backslashes are escaped. Wiped by nobody else, so it is
// built in one piece.
Secret Quoted(std::string_view text) {
  std::string quoted;
  quoted.reserve(2 * text.size() + 2);
  quoted.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  Secret secret{std::string_view(quoted)};
  WipeBytes(quoted.data(), quoted.size());
  return secret;
}

}  // namespace

std::optional<CredentialLine> EncodeResponse(std::string_view message) {
  return Line("", ToBase64(message), kMaxResponseLine);
}

std::optional<CredentialLine> EncodeAuth(std::string_view mechanism, std::string_view message) {
  if (!IsMechanism(mechanism)) return std::nullopt;
  const std::string before = "AUTH " + std::string(mechanism) + " ";
  return Line(before, InitialResponse(message), kMaxAuthLine);
}

std::optional<CredentialLine> EncodeImapAuthenticate(std::string_view tag,
                                                     std::string_view mechanism,
                                                     const Secret* message) {
  if (!IsTag(tag) || !IsMechanism(mechanism)) return std::nullopt;
  const std::string before = std::string(tag) + " AUTHENTICATE " + std::string(mechanism);
  if (message == nullptr) return Line(before, Secret(), kMaxImapAuthLine);
  return Line(before + " ", InitialResponse(message->view()), kMaxImapAuthLine);
}

std::optional<CredentialLine> EncodePop3Pass(std::string_view password) {
  if (password.empty() || !IsText(password)) return std::nullopt;
  return Line("PASS ", Secret(password), kMaxAuthLine);
}

std::optional<CredentialLine> EncodeImapLogin(std::string_view tag, std::string_view user,
                                              std::string_view password) {
  const auto fits = [](std::string_view text) { return IsText(text) && IsAscii(text); };
  if (!IsTag(tag) || !fits(user) || !fits(password)) return std::nullopt;
  const std::string before = std::string(tag) + " LOGIN " + std::string(Quoted(user).view()) + " ";
  return Line(before, Quoted(password), kMaxImapAuthLine);
}

}  // namespace relaywatch::probe
