#include "tests/e2e/private_network.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "tests/support/process.h"

namespace relaywatch::e2e {

PrivateNetwork::PrivateNetwork() : outer_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  up_ = outer_ >= 0 && unshare(CLONE_NEWNET) == 0 &&
        support::RunToEnd({.argv = {"ip", "link", "set", "lo", "up"}}).exit_code == 0;
}

PrivateNetwork::~PrivateNetwork() {
  if (outer_ < 0) return;
  setns(outer_, CLONE_NEWNET);
  close(outer_);
}

std::string PrivateNetwork::Filter(const std::string& file,
                                   const std::map<std::string, std::string>& variables) const {
  std::vector<std::string> argv = {"nft"};
  for (const auto& [name, value] : variables) {
    argv.insert(argv.end(), {"--define", name + "=" + value});
  }
  argv.insert(argv.end(), {"--file", file});
  const support::Completed completed = support::RunToEnd({.argv = std::move(argv)});
  return completed.exit_code == 0 ? "" : completed.err + "nft failed";
}

}  // namespace relaywatch::e2e
