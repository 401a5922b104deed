#include "tests/e2e/opensmtpd.h"

#include <fmt/format.h>

#include <filesystem>

#include "tests/e2e/programs.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

using support::FreePort;

// A macro for smtpd.conf, which takes a file's name only in quotes.
std::string FileMacro(const char* name, const std::string& file) {
  return fmt::format("{}=\"{}\"", name, file);
}

}  // namespace

bool OpenSmtpd::IsThere() { return std::filesystem::exists(kServers + "/opensmtpd"); }

OpenSmtpd::OpenSmtpd(const ServerCertificates& certificates) {
  for (const char* name :
       {"smtp", "submission", "smtps", "optional", "plain", "expired_identity"}) {
    ports_[name] = FreePort();
  }
  PrepareView();
  process_ = std::make_unique<support::Process>(
      support::Command{.argv = view_.SeenBy(CommandLine(certificates))});
  up_ = true;
  for (const auto& [name, port] : ports_) up_ = up_ && support::WaitForPort("127.0.0.1", port);
}

// What is compiled into it.
void OpenSmtpd::PrepareView() {
  view_.AddAccount("opensmtpd", 64002);
  view_.AddAccount("opensmtpq", 64003);
  view_.Empty("/run");
  view_.Empty("/var/spool");
  view_.Prepare("mkdir -m 711 /var/spool/smtpd");
  view_.Empty("/var/lib");
  view_.Prepare("mkdir -p /var/lib/opensmtpd/empty");
  view_.Empty("/usr/libexec");
  view_.Prepare("cp -a " + kServers + "/opensmtpd/usr/libexec/opensmtpd /usr/libexec/");
}

std::vector<std::string> OpenSmtpd::CommandLine(const ServerCertificates& certificates) const {
  // Copies for root alone: it takes neither a configuration nor a key that others may read.
  const std::string good = scratch_.Write("good.pem", support::ReadFile(certificates.good()));
  const std::string expired =
      scratch_.Write("expired.pem", support::ReadFile(certificates.directory() + "/expired.pem"));
  const std::string configuration =
      scratch_.Write("smtpd.conf", support::ReadFile(kSource + "/tests/e2e/opensmtpd.conf"));
  std::vector<std::string> argv = {kServers + "/opensmtpd/usr/sbin/smtpd",
                                   "-d",
                                   "-f",
                                   configuration,
                                   "-D",
                                   FileMacro("good", good),
                                   "-D",
                                   FileMacro("expired", expired)};
  for (const auto& [name, port] : ports_) {
    argv.insert(argv.end(), {"-D", fmt::format("{}={}", name, port)});
  }
  return argv;
}

}  // namespace relaywatch::e2e
