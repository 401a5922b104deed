#include "agent/spool/spool.h"

#include <random>

namespace relaywatch::agent {

std::size_t PayloadBytes(const SpooledResult& spooled) {
  return spooled.result.ByteSizeLong() + spooled.path->ByteSizeLong() + spooled.outcome->size();
}

std::uint64_t RandomEpoch() {
  std::random_device random;
  std::uint64_t epoch = 0;
  while (epoch == 0) epoch = (static_cast<std::uint64_t>(random()) << 32) | random();
  return epoch;
}

}  // namespace relaywatch::agent
