// A network that tests make and change. Confined to one thread.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/location/host_network.h"

namespace relaywatch::agent {

class FakeNetwork final : public HostNetwork {
 public:
  Way WayTo(const std::string& remote, const std::string& source) const override {
    last_remote = remote;
    Way answer = remote.empty() ? to_internet : way;
    if (!source.empty()) answer.local_address = source;
    return answer;
  }
  std::vector<std::string> DnsSuffixes() const override { return suffixes; }
  void Watch(std::function<void()> changed) override { changed_ = std::move(changed); }
  void StopWatching() override { changed_ = nullptr; }
  std::uint64_t Changes() const override { return changes; }

  void Tell() {
    if (changed_) changed_();
  }

  Way way;
  Way to_internet;
  std::vector<std::string> suffixes;
  std::uint64_t changes = 0;
  mutable std::string last_remote;

 private:
  std::function<void()> changed_;
};

}  // namespace relaywatch::agent
