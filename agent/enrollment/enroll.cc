#include "agent/enrollment/enroll.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <string>

#include "agent/enrollment/certificate_client.h"
#include "agent/enrollment/identity_store.h"
#include "common/identity/enrollment_token.h"
#include "common/identity/key.h"
#include "common/secret/password_file.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{2'000};
constexpr milliseconds kLongestPause{300'000};

absl::Status Enroll(const Config& config, const IdentityStore& store) {
  const auto token = ReadPasswordFile(config.enrollment->token_file);
  if (!token.ok()) return token.status();
  const auto key = store.EnrollingKey();
  if (!key.ok()) return key.status();
  const auto issued = CertificateClient(config).Enroll(token->view(), key->get());
  if (!issued.ok()) {
    return {issued.status().code(),
            fmt::format("enrolment with the token in {}: {}", config.enrollment->token_file,
                        std::string(issued.status().message()))};
  }
  if (auto written = store.Write(key->get(), *issued); !written.ok()) return written;
  spdlog::info("enrolled as agent {}, certificate until {}", issued->agent(),
               FormatRfc3339(issued->not_after().seconds() * 1000));
  return absl::OkStatus();
}

absl::Status Recover(const Config& config, const IdentityStore& store, const Identity& expired) {
  const auto key = MakeKey();
  if (!key.ok()) return key.status();
  const auto issued = CertificateClient(config).Recover(expired, key->get());
  if (!issued.ok()) {
    return {issued.status().code(),
            fmt::format("{} expired at {} and could not be renewed: {}", store.identity_file(),
                        FormatRfc3339(expired.not_after * 1000),
                        std::string(issued.status().message()))};
  }
  if (auto written = store.Write(key->get(), *issued); !written.ok()) return written;
  spdlog::info("the expired certificate of agent {} was renewed until {}", issued->agent(),
               FormatRfc3339(issued->not_after().seconds() * 1000));
  return absl::OkStatus();
}

absl::Status Try(const Config& config, const IdentityStore& store, std::int64_t now) {
  if (!store.HasIdentity()) return Enroll(config, store);
  const auto identity = store.Read();
  if (!identity.ok()) return identity.status();
  if (now < identity->not_after) return absl::OkStatus();
  return Recover(config, store, *identity);
}

}  // namespace

bool WorthAnotherTry(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

absl::Status CheckEnrollment(const Config& config) {
  const IdentityStore store(config.state_directory);
  if (store.HasIdentity()) return store.Read().status();
  const auto token = ReadPasswordFile(config.enrollment->token_file);
  if (!token.ok()) return token.status();
  if (const auto parsed = ParseToken(token->view()); !parsed.ok()) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", config.enrollment->token_file,
                                                  std::string(parsed.status().message())));
  }
  return absl::OkStatus();
}

absl::Status EnsureIdentity(const Config& config, const Clock& clock, const Pause& pause) {
  if (auto checked = CheckEnrollment(config); !checked.ok()) return checked;
  const IdentityStore store(config.state_directory);
  std::mt19937_64 engine(std::random_device{}());
  milliseconds wait = kFirstPause;
  while (true) {
    const absl::Status status = Try(config, store, clock.Now().wall_ms / 1000);
    if (status.ok() || !WorthAnotherTry(status)) return status;
    // Half of it by chance, so that a fleet does not come back as one.
    const auto jitter = std::uniform_int_distribution<std::int64_t>(0, wait.count() / 2)(engine);
    const milliseconds now(wait.count() / 2 + jitter);
    spdlog::warn("{}; next try in {:.1f} s", std::string(status.message()),
                 static_cast<double>(now.count()) / 1000);
    if (!pause(now)) return absl::CancelledError("asked to stop");
    wait = std::min(wait * 2, kLongestPause);
  }
}

}  // namespace relaywatch::agent
