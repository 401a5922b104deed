#include "tests/e2e/exim.h"

#include <filesystem>

#include "tests/e2e/programs.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

using support::FreePort;
namespace fs = std::filesystem;

constexpr const char* kAccount = "Debian-exim";  // compiled into Debian's Exim
constexpr unsigned kAccountId = 64001;
constexpr fs::perms kTraversable{0711};

std::string Macro(const char* name, const std::string& value) {
  return std::string("-D") + name + "=" + value;
}

}  // namespace

Exim::Exim(const ServerCertificates& certificates)
    : ports_{{"smtp", FreePort()}, {"submission", FreePort()}, {"smtps", FreePort()}} {
  fs::permissions(scratch_.path(), kTraversable);
  MakeOwnedDirectory(scratch_ / "spool", std::to_string(kAccountId));
  view_.AddAccount(kAccount, kAccountId);
  process_ = std::make_unique<support::Process>(
      support::Command{.argv = view_.SeenBy(CommandLine(certificates))});
  up_ = support::WaitForPort("127.0.0.1", ports_.at("smtp"));  // it listens on all or none
}

std::vector<std::string> Exim::CommandLine(const ServerCertificates& certificates) const {
  // A copy: Exim takes a configuration only from root's hands, and a checkout may be anybody's.
  const std::string configuration =
      scratch_.Write("exim.conf", support::ReadFile(kSource + "/tests/e2e/exim.conf"));
  return {kServers + "/exim4-daemon-light/usr/sbin/exim4",
          "-C",
          configuration,
          Macro("DIRECTORY", scratch_.path()),
          Macro("CERTIFICATES", certificates.directory()),
          Macro("PORT_SMTP", std::to_string(ports_.at("smtp"))),
          Macro("PORT_SUBMISSION", std::to_string(ports_.at("submission"))),
          Macro("PORT_TLS", std::to_string(ports_.at("smtps"))),
          "-bdf"};
}

std::string Exim::Log() const {
  return process_->Err() + support::ReadFile(scratch_ / "spool/mainlog") +
         support::ReadFile(scratch_ / "spool/paniclog");
}

}  // namespace relaywatch::e2e
