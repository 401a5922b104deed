#include "agent/probe/sasl_oauth.h"

#include <string>
#include <utility>

namespace relaywatch::probe {
namespace {

constexpr std::string_view kSeparator = "\x01";

// RFC 5801, section 4: a comma or an equals sign would end the name.
std::string EscapedName(std::string_view user) {
  std::string name;
  for (const char c : user) {
    if (c == ',') {
      name += "=2C";
    } else if (c == '=') {
      name += "=3D";
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace

std::optional<Secret> XOAuth2Client::Answer(std::string_view /*challenge*/) {
  if (std::exchange(spoke_, true)) return Secret();
  return Secret({"user=", credentials_.user, kSeparator, "auth=Bearer ",
                 credentials_.password.view(), kSeparator, kSeparator});
}

std::optional<Secret> OAuthBearerClient::Answer(std::string_view /*challenge*/) {
  if (std::exchange(spoke_, true)) return Secret(kSeparator);  // RFC 7628, section 3.2.3
  return Secret({"n,a=", EscapedName(credentials_.user), ",", kSeparator, "host=", service_.host,
                 kSeparator, "port=", std::to_string(service_.port), kSeparator, "auth=Bearer ",
                 credentials_.password.view(), kSeparator, kSeparator});
}

}  // namespace relaywatch::probe
