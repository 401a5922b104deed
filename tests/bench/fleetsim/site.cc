#include "tests/bench/fleetsim/site.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace relaywatch::bench {

using namespace std::chrono_literals;

void Require(bool ok, const std::string& what) {
  if (ok) return;
  fmt::print(stderr, "bench/fleetsim: {}\n", what);
  std::exit(1);
}

Site::Site() {
  directory_.Write("ca.pem", ca_.certificate_pem());
  directory_.Write("collector.pem", ca_.Issue({.names = {"localhost"}}).IdentityPem());
  directory_.Write("collector.yaml",
                   fmt::format("listen: {{agents: '127.0.0.1:{}', http: '127.0.0.1:{}', admin: "
                               "admin.sock}}\nidentity: collector.pem\nca: ca.pem\n"
                               "deployment: bench\ndata_directory: data\nlog_level: error\n",
                               port_, http_port_));
}

void Site::StartCollector() {
  Start({RELAYWATCH_COLLECTOR, "--config", directory_ / "collector.yaml"});
}

void Site::StartFloor() {
  Start({RELAYWATCH_FLEET_FLOOR, address(), directory_ / "collector.pem", directory_ / "ca.pem"});
}

void Site::KillCollector() {
  collector_->Signal(SIGKILL);
  collector_->WaitForExit(10s);
}

std::string Site::address() const { return fmt::format("127.0.0.1:{}", port_); }

void Site::Start(std::vector<std::string> argv) {
  collector_ = std::make_unique<support::Process>(support::Command{.argv = std::move(argv)});
  Require(support::WaitForPort("127.0.0.1", port_, 30s), "no collector: " + collector_->Err());
}

}  // namespace relaywatch::bench
