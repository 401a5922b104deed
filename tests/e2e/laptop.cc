#include "tests/e2e/laptop.h"

#include <fmt/format.h>

#include <filesystem>

namespace relaywatch::e2e {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kWorld = R"(
ip address add 192.0.2.10/32 dev lo
ip address add 192.0.2.20/32 dev lo
for link in "office 10.1.0.1 eth0" "vpn 10.8.0.1 tun0" "home 10.3.0.1 wlan0"; do
  set -- $link
  ip link add "$1" type veth peer name "$3" netns "$laptop"
  ip address add "$2/24" dev "$1"
  ip link set "$1" up
done
)";

constexpr const char* kOffice = R"(
ip link set lo up
ip link set eth0 up
ip address add 10.1.0.2/24 dev eth0
ip route add default via 10.1.0.1
)";

constexpr const char* kVpn = R"(
ip link set eth0 down
ip address flush dev eth0
ip link set wlan0 up
ip address add 10.3.0.2/24 dev wlan0
ip link set tun0 up
ip address add 10.8.0.2/24 dev tun0
ip route add default via 10.8.0.1
)";

constexpr const char* kHome = R"(
ip link set tun0 down
ip address flush dev tun0
ip route add default via 10.3.0.1
)";

fs::path NetworkOf(const std::string& pid) {
  std::error_code error;
  return fs::read_symlink("/proc/" + pid + "/ns/net", error);
}

}  // namespace

Laptop::Laptop() : life_({.argv = {"unshare", "--net", "sleep", "infinity"}}) {
  const std::string pid = std::to_string(life_.pid());
  if (!support::Eventually(10s, [&] { return NetworkOf(pid) != NetworkOf("thread-self"); })) {
    error_ = "no network namespace";
  }
  Run({}, fmt::format("laptop={}\n{}", pid, kWorld));
  Run(Wrapper(), kOffice);
}

std::vector<std::string> Laptop::Wrapper() const {
  return {"nsenter", fmt::format("--net=/proc/{}/ns/net", life_.pid())};
}

void Laptop::ConnectToVpn() { Run(Wrapper(), kVpn); }

void Laptop::GoHome() { Run(Wrapper(), kHome); }

void Laptop::Run(std::vector<std::string> wrapper, const std::string& script) {
  wrapper.insert(wrapper.end(), {"sh", "-ec", script});
  const support::Completed completed = support::RunToEnd({.argv = std::move(wrapper)});
  if (completed.exit_code != 0) error_ += completed.out + completed.err + "ip failed\n";
}

}  // namespace relaywatch::e2e
