#include "agent/location/linux_network.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/location/interface_kind.h"
#include "agent/location/netlink.h"

namespace relaywatch::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A link that comes up brings addresses and routes behind it: one change, not ten.
constexpr milliseconds kRest{300};
constexpr milliseconds kTellBy{1'000};

// Somewhere in the internet; nothing is sent there.
constexpr const char* kFarAway[] = {"198.41.0.4", "2001:503:ba3e::2:30"};

std::optional<asio::ip::address> Parse(const std::string& text) {
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(text, error);
  if (error) return std::nullopt;
  return address;
}

bool IsWireless(const std::string& interface) {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::path("/sys/class/net") / interface;
  return std::filesystem::exists(directory / "phy80211", error) ||
         std::filesystem::exists(directory / "wireless", error);
}

std::optional<KernelRoute> RouteTo(const asio::ip::address& remote, const std::string& source) {
  const auto from = Parse(source);
  if (from && from->is_v4() == remote.is_v4()) {
    if (auto route = AskRoute(remote, from)) return route;  // else it is no longer ours
  }
  return AskRoute(remote, std::nullopt);
}

}  // namespace

Way LinuxNetwork::WayTo(const std::string& remote, const std::string& source) const {
  std::optional<KernelRoute> route;
  if (const auto address = Parse(remote)) {
    route = RouteTo(*address, source);
  } else {
    for (const char* far_away : kFarAway) {
      if (!route) route = RouteTo(*Parse(far_away), source);
    }
  }
  Way way;
  if (!route) return way;
  way.gateway = route->gateway;
  way.local_address = route->source;
  if (const auto link = AskLink(route->link)) {
    way.interface = link->name;
    way.interface_kind = InterfaceKind(link->hardware, link->driver, IsWireless(link->name));
  }
  return way;
}

std::vector<std::string> LinuxNetwork::DnsSuffixes() const {
  std::ostringstream text;
  text << std::ifstream(resolv_conf_).rdbuf();
  return SuffixesInResolvConf(text.str());
}

void LinuxNetwork::Watch(std::function<void()> changed) {
  changed_ = std::move(changed);
  WatchNames();
  const int fd = OpenNetlinkEvents();
  if (fd < 0) {
    spdlog::warn("location: the kernel does not tell changes of the network: {}",
                 std::strerror(errno));
    return;
  }
  events_.assign(fd);
  WaitForEvents();
}

// Another network may bring nothing else that is new: the same address by the same gateway.
void LinuxNetwork::WatchNames() {
  suffixes_ = DnsSuffixes();
  const bool is_watched = names_.Start([this] {
    auto suffixes = DnsSuffixes();
    if (suffixes == suffixes_) return;
    suffixes_ = std::move(suffixes);
    OnChange();
  });
  if (!is_watched) {
    spdlog::warn("location: changes of {} are noticed late: {}", resolv_conf_,
                 std::strerror(errno));
  }
}

void LinuxNetwork::StopWatching() {
  std::error_code ignored;
  changed_ = nullptr;
  names_.Stop();
  events_.close(ignored);
  rest_.cancel();
}

void LinuxNetwork::WaitForEvents() {
  events_.async_wait(asio::posix::stream_descriptor::wait_read, [this](std::error_code error) {
    if (error) return;
    ReadEvents();
    if (events_.is_open()) WaitForEvents();
  });
}

void LinuxNetwork::ReadEvents() {
  std::array<char, 32 * 1024> datagram;
  bool changed = false;
  while (true) {
    const ssize_t size =
        recv(events_.native_handle(), datagram.data(), datagram.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) {  // more than we could take: something did change
      changed = true;
      continue;
    }
    if (size <= 0) break;
    changed |= known_.Take({datagram.data(), static_cast<std::size_t>(size)});
  }
  if (changed) OnChange();
}

void LinuxNetwork::OnChange() {
  ++changes_;
  const auto now = steady_clock::now();
  if (!tell_by_) tell_by_ = now + kTellBy;
  rest_.expires_at(std::min<steady_clock::time_point>(now + kRest, *tell_by_));
  rest_.async_wait([this](std::error_code error) {
    if (error || !changed_) return;
    tell_by_.reset();
    changed_();
  });
}

std::unique_ptr<HostNetwork> MakeHostNetwork(asio::io_context& io) {
  return std::make_unique<LinuxNetwork>(io);
}

std::vector<std::string> SuffixesInResolvConf(std::string_view resolv_conf) {
  std::vector<std::string> suffixes;
  std::istringstream stream{std::string(resolv_conf)};
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || (word != "search" && word != "domain")) continue;
    while (words >> word) suffixes.push_back(word);
  }
  return suffixes;
}

}  // namespace relaywatch::agent
