#include "tests/e2e/nodemailer.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "tests/e2e/programs.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

const std::string kModules = kServers + "/nodemailer/node_modules";

}  // namespace

bool Nodemailer::IsThere() { return std::filesystem::exists(kModules); }

Nodemailer::Nodemailer(const ServerCertificates& certificates) {
  std::vector<std::string> argv = {"node", kSource + "/tests/e2e/nodemailer/server.js", kModules,
                                   certificates.good()};
  for (const char* name : {"submission", "smtps", "tokens"}) {
    ports_[name] = support::FreePort();
    argv.push_back(std::string(name) + "=" + std::to_string(ports_[name]));
  }
  process_ = std::make_unique<support::Process>(support::Command{.argv = std::move(argv)});
  for (const auto& [name, port] : ports_) up_ = up_ && support::WaitForPort("127.0.0.1", port);
}

}  // namespace relaywatch::e2e
