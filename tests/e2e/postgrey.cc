#include "tests/e2e/postgrey.h"

#include <filesystem>

#include "tests/e2e/private_view.h"
#include "tests/e2e/programs.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {

Postgrey::Postgrey() : port_(support::FreePort()) {
  std::filesystem::permissions(scratch_.path(), std::filesystem::perms{0711});
  MakeOwnedDirectory(scratch_ / "data", "nobody");
  process_ = std::make_unique<support::Process>(support::Command{
      .argv = {"perl", "-T", kServers + "/postgrey/usr/sbin/postgrey",
               "--inet=127.0.0.1:" + std::to_string(port_), "--dbdir=" + (scratch_ / "data"),
               "--user=nobody", "--group=nogroup", "--whitelist-clients=/dev/null",
               "--whitelist-recipients=/dev/null"}});
  up_ = support::WaitForPort("127.0.0.1", port_);
}

}  // namespace relaywatch::e2e
