#include "agent/uplink/backoff.h"

#include <algorithm>

namespace relaywatch::agent {

using std::chrono::milliseconds;

void Backoff::SetSpread(milliseconds spread) { spread_ = std::clamp(spread, kMinSpread, kMaxWait); }

milliseconds Backoff::Next(Time now) {
  if (established_ && now - *established_ >= kProven) failures_ = 0;
  established_.reset();
  milliseconds bound = spread_;
  for (int i = 0; i < failures_ && bound < kMaxWait; ++i) bound *= 2;
  ++failures_;
  return Draw(std::min(bound, kMaxWait));
}

milliseconds Backoff::Spread() { return Draw(spread_); }

milliseconds Backoff::Draw(milliseconds bound) {
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(bound.count()) * uniform_()));
}

}  // namespace relaywatch::agent
