#include "agent/login/login_ledger.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <filesystem>
#include <sstream>

#include "absl/status/status.h"
#include "common/durable_file.h"
#include "common/file.h"

namespace relaywatch::agent {
namespace {

std::string Format(const LoginLedger& ledger) {
  std::string text;
  for (const auto& [user, record] : ledger) {
    text += fmt::format("{} {} {} {}\n", record.refusals, record.last_try_ms, record.mark, user);
  }
  return text;
}

}  // namespace

std::uint16_t PasswordMark(const probe::Credentials& credentials) {
  const std::string_view password = credentials.password.view();
  const std::string& user = credentials.user;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  HMAC(EVP_sha256(), user.data(), static_cast<int>(user.size()),
       reinterpret_cast<const unsigned char*>(password.data()), password.size(), digest.data(),
       nullptr);
  return static_cast<std::uint16_t>(digest[0] << 8 | digest[1]);
}

absl::StatusOr<LoginLedger> ReadLoginLedger(const std::string& file) {
  LoginLedger ledger;
  const auto text = ReadFile(file);
  if (absl::IsNotFound(text.status())) return ledger;
  if (!text.ok()) return text.status();
  std::istringstream lines(*text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream fields(line);
    LoginRecord record;
    std::string user;
    fields >> record.refusals >> record.last_try_ms >> record.mark >> std::ws;
    if (!std::getline(fields, user)) {
      return absl::InvalidArgumentError(
          fmt::format("{}:{}: not a line about a login; without this file no login was ever tried",
                      file, number));
    }
    ledger[user] = record;
  }
  return ledger;
}

absl::Status WriteLoginLedger(const LoginLedger& ledger, const std::string& file) {
  auto made = MakeDirectory(std::filesystem::path(file).parent_path(), 0700);
  return made.ok() ? ReplaceFile(file, Format(ledger), 0600) : made;
}

}  // namespace relaywatch::agent
