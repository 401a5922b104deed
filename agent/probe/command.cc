#include "agent/probe/command.h"

#include <algorithm>
#include <array>

namespace relaywatch::probe {
namespace {

enum class Argument { kNone, kDomain, kMailbox, kMailboxOrNull, kUser, kMechanism, kTag };

struct Form {
  Verb verb;
  std::string_view before;
  std::string_view after;
  Argument argument;
};

constexpr std::array<Form, 15> kForms{{
    {Verb::kEhlo, "EHLO ", "\r\n", Argument::kDomain},
    {Verb::kHelo, "HELO ", "\r\n", Argument::kDomain},
    {Verb::kStartTls, "STARTTLS", "\r\n", Argument::kNone},
    {Verb::kMail, "MAIL FROM:<", ">\r\n", Argument::kMailboxOrNull},
    {Verb::kRcpt, "RCPT TO:<", ">\r\n", Argument::kMailbox},
    {Verb::kRset, "RSET", "\r\n", Argument::kNone},
    {Verb::kQuit, "QUIT", "\r\n", Argument::kNone},
    {Verb::kAuth, "AUTH ", "\r\n", Argument::kMechanism},
    {Verb::kAuthCancel, "*", "\r\n", Argument::kNone},
    {Verb::kPop3Capa, "CAPA", "\r\n", Argument::kNone},
    {Verb::kPop3Stls, "STLS", "\r\n", Argument::kNone},
    {Verb::kPop3User, "USER ", "\r\n", Argument::kUser},
    {Verb::kImapCapability, "", " CAPABILITY\r\n", Argument::kTag},
    {Verb::kImapStartTls, "", " STARTTLS\r\n", Argument::kTag},
    {Verb::kImapLogout, "", " LOGOUT\r\n", Argument::kTag},
}};

bool IsSafe(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F && c != '<' && c != '>';
}

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool Fits(Argument kind, std::string_view argument) {
  if (!std::all_of(argument.begin(), argument.end(), IsSafe)) return false;
  switch (kind) {
    case Argument::kNone:
      return argument.empty();
    case Argument::kDomain:
      return !argument.empty() && argument.find(' ') == std::string_view::npos;
    case Argument::kMailbox:
    case Argument::kUser:
      return !argument.empty();
    case Argument::kMailboxOrNull:
      return true;
    case Argument::kMechanism:
      return IsMechanism(argument);
    case Argument::kTag:
      return IsTag(argument);
  }
  return false;
}

}  // namespace

bool IsTag(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsLetterOrDigit);
}

bool IsMechanism(std::string_view text) {
  constexpr std::size_t kMaxLength = 20;
  const auto fits = [](char c) {
    return (IsLetterOrDigit(c) && !(c >= 'a' && c <= 'z')) || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kMaxLength && std::all_of(text.begin(), text.end(), fits);
}

std::optional<std::string> EncodeCommand(Verb verb, std::string_view argument) {
  const auto form = std::find_if(kForms.begin(), kForms.end(),
                                 [verb](const Form& candidate) { return candidate.verb == verb; });
  if (form == kForms.end() || !Fits(form->argument, argument)) return std::nullopt;
  const std::size_t size = form->before.size() + argument.size() + form->after.size();
  if (size > kMaxCommandBytes) return std::nullopt;
  std::string line;
  line.reserve(size);
  line.append(form->before).append(argument).append(form->after);
  return line;
}

}  // namespace relaywatch::probe
