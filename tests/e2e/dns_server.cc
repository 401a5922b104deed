#include "tests/e2e/dns_server.h"

#include <fmt/format.h>

#include <filesystem>

#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

constexpr const char* kAddress = "127.0.9.53";

}  // namespace

DnsServer::DnsServer(const std::vector<std::string>& records) {
  std::string configuration = fmt::format(
      "listen-address={}\nbind-interfaces\nno-resolv\nno-hosts\nuser=root\nlog-facility=-\n"
      "pid-file\nlocal=/example.com/\n",
      kAddress);
  for (const std::string& record : records) configuration += record + "\n";
  const std::string file = scratch_.Write("dnsmasq.conf", configuration);
  // Programs that have dropped their privileges read it too.
  scratch_.Write("resolv.conf", fmt::format("nameserver {}\n", kAddress),
                 std::filesystem::perms{0644});
  process_ = std::make_unique<support::Process>(
      support::Command{.argv = {"dnsmasq", "--keep-in-foreground", "--conf-file=" + file}});
  up_ = support::WaitForPort(kAddress, 53);
}

std::vector<std::string> DnsServer::AskedBy(std::vector<std::string> argv) const {
  argv.insert(argv.begin(), {"unshare", "--mount", "sh", "-c",
                             "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"",
                             (scratch_.path() / "resolv.conf").string()});
  return argv;
}

}  // namespace relaywatch::e2e
