// HostNetwork on Linux: rtnetlink(7) for ways and changes, sysfs for radios, resolv.conf(5) for
// suffixes and their changes. Confined to the io_context's thread.
#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/location/file_watch.h"
#include "agent/location/host_network.h"
#include "agent/location/network_events.h"

namespace relaywatch::agent {

class LinuxNetwork final : public HostNetwork {
 public:
  explicit LinuxNetwork(asio::io_context& io, std::string resolv_conf = "/etc/resolv.conf")
      : resolv_conf_(std::move(resolv_conf)), events_(io), names_(io, resolv_conf_), rest_(io) {}

  Way WayTo(const std::string& remote, const std::string& source) const override;
  std::vector<std::string> DnsSuffixes() const override;
  void Watch(std::function<void()> changed) override;
  void StopWatching() override;
  std::uint64_t Changes() const override { return changes_; }

 private:
  void WatchNames();
  void WaitForEvents();
  void ReadEvents();
  void OnChange();

  const std::string resolv_conf_;
  asio::posix::stream_descriptor events_;
  FileWatch names_;
  std::vector<std::string> suffixes_;  // as last seen while watching
  NetworkEvents known_;
  std::uint64_t changes_ = 0;
  std::function<void()> changed_;
  asio::steady_timer rest_;  // runs while something has changed and not been told
  std::optional<std::chrono::steady_clock::time_point> tell_by_;
};

// The domains of resolv.conf: "search" and "domain" lines.
std::vector<std::string> SuffixesInResolvConf(std::string_view resolv_conf);

}  // namespace relaywatch::agent
