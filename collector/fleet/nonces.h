// Something fresh to sign: nonces that only we can have made, good for two minutes and once.
// Nothing is kept for one that is given out, so asking for many costs strangers' time and not our
// memory; only the used ones are remembered, and using one takes an agent's key. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace relaywatch::collector {

class Nonces {
 public:
  static constexpr std::int64_t kLifetimeMs = 120'000;
  static constexpr std::size_t kMaxUsed = 10'000;

  Nonces();

  // Internal where the system has no randomness.
  absl::StatusOr<std::string> Make(std::int64_t now_ms);
  // PermissionDenied for one that is not ours or too old; call it before the proof is looked at.
  absl::Status Check(std::string_view nonce, std::int64_t now_ms) const;
  // PermissionDenied where it was used before; ResourceExhausted where too many were.
  absl::Status Use(std::string_view nonce, std::int64_t now_ms);

 private:
  std::string Seal(std::string_view body) const;

  std::array<unsigned char, 32> key_{};  // of this life of the collector
  std::mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> used_;  // with the time of its end
};

}  // namespace relaywatch::collector
