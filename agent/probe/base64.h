// Base64 as SASL profiles use it: one line, padded, nothing else in it. Pure; thread-safe.
// RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/secret/secret.h"

namespace relaywatch::probe {

Secret ToBase64(std::string_view bytes);

// nullopt for anything but whole, padded groups of the alphabet.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace relaywatch::probe
