#include "tests/bench/fleetsim/connected_sampler.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "tests/support/network.h"

namespace relaywatch::bench {
namespace {

constexpr std::chrono::milliseconds kEvery{250};

int Connected(std::uint16_t http_port) {
  std::istringstream metrics(support::Http(http_port, "/metrics").body);
  int connected = 0;
  for (std::string line; std::getline(metrics, line);) {
    if (!line.starts_with("relaywatch_agents{") || line.find("\"connected\"") == line.npos)
      continue;
    connected += std::atoi(line.c_str() + line.rfind(' '));
  }
  return connected;
}

}  // namespace

ConnectedSampler::ConnectedSampler(std::uint16_t http_port)
    : thread_([this, http_port](const std::stop_token& stop) {
        bool last = false;
        while (!last) {
          last = stop.stop_requested();
          const int connected = Connected(http_port);
          samples_.push_back({std::chrono::steady_clock::now(), connected});
          std::this_thread::sleep_for(kEvery);
        }
      }) {}

std::vector<ConnectedSampler::Sample> ConnectedSampler::Stop() {
  thread_.request_stop();
  thread_.join();
  return std::move(samples_);
}

}  // namespace relaywatch::bench
