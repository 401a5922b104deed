#include "agent/login/login_ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "absl/status/status.h"
#include "common/file.h"

namespace relaywatch::agent {
namespace {

absl::Status Failed(const std::string& file) { return absl::ErrnoToStatus(errno, file); }

// Closes on every way out.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  bool Write(const std::string& text) const {
    return ::write(number_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  bool Sync() const { return ::fsync(number_) == 0; }

 private:
  const int number_;
};

std::string Format(const LoginLedger& ledger) {
  std::string text;
  for (const auto& [user, record] : ledger) {
    text += fmt::format("{} {} {} {}\n", record.refusals, record.last_try_ms, record.mark, user);
  }
  return text;
}

absl::Status WriteAndSync(const std::string& text, const std::string& file) {
  errno = ENOSPC;  // what a short write means; calls that fail say more
  const Descriptor descriptor(file, O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);
  if (!descriptor.is_open() || !descriptor.Write(text) || !descriptor.Sync()) return Failed(file);
  return absl::OkStatus();
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
  const std::string directory = std::filesystem::path(file).parent_path();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), directory);
  const std::string part = file + ".part";
  if (auto written = WriteAndSync(Format(ledger), part); !written.ok()) return written;
  if (std::rename(part.c_str(), file.c_str()) != 0) return Failed(file);
  const Descriptor entry(directory, O_RDONLY | O_DIRECTORY);
  return entry.is_open() && entry.Sync() ? absl::OkStatus() : Failed(directory);
}

}  // namespace relaywatch::agent
