// Looks four times a second how many agents the collector counts as connected, on a thread of its
// own: the fleet's own thread is too busy to tell when it is welcomed.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace relaywatch::bench {

class ConnectedSampler {
 public:
  struct Sample {
    std::chrono::steady_clock::time_point when;
    int connected = 0;
  };

  // From now on; `http_port` is the collector's.
  explicit ConnectedSampler(std::uint16_t http_port);
  // Ends after one more look; the samples in order.
  std::vector<Sample> Stop();

 private:
  std::vector<Sample> samples_;  // the thread's, until it has ended
  std::jthread thread_;
};

}  // namespace relaywatch::bench
