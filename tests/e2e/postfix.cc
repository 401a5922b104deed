#include "tests/e2e/postfix.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

using support::FreePort;
namespace fs = std::filesystem;

constexpr fs::perms kTraversable{0711};  // its processes run under the account postfix
constexpr fs::perms kReadable{0644};

constexpr const char* kMain = R"(
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = /dev/stdout
myhostname = mail.example.com
mydestination = example.com
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.1.0/24
smtpd_peername_lookup = no
smtpd_banner = $myhostname ESMTP
smtpd_tls_chain_files = {identity}
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth_socket}
smtpd_sasl_exceptions_networks = 127.0.1.0/24
smtpd_sasl_security_options = noanonymous, noplaintext
smtpd_sasl_tls_security_options = noanonymous
smtpd_client_restrictions = check_client_access inline:{{ {{ 127.0.3.1 = $home_access }} }}
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination
smtpd_delay_reject = no
smtpd_sender_login_maps = inline:{{ {{ boss@example.com = boss }} }}
smtpd_sender_restrictions = reject_known_sender_login_mismatch
home_access = DUNNO
)";

constexpr const char* kMaster = R"(
127.0.0.1:{smtp} inet n - n - - smtpd
  -o {{ home_access = 554 5.7.1 dynamic addresses are not served on this port }}
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_mechanism_filter=plain
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
)";

// Postfix insists that its data directory is its own.
void MakeOwnedDirectory(const fs::path& directory, const char* account) {
  fs::create_directories(directory);
  if (const passwd* user = getpwnam(account); user != nullptr) {
    [[maybe_unused]] const int refused = chown(directory.c_str(), user->pw_uid, user->pw_gid);
  }
}

}  // namespace

Postfix::Postfix(const support::Credential& identity, const std::string& auth_socket,
                 std::uint16_t smtp_port)
    : smtp_port_(smtp_port), submission_port_(FreePort()), smtps_port_(FreePort()) {
  fs::permissions(scratch_.path(), kTraversable);
  fs::create_directories(scratch_.path() / "queue");
  MakeOwnedDirectory(scratch_.path() / "data", "postfix");
  const std::string identity_file = scratch_.Write("identity.pem", identity.IdentityPem());
  scratch_.Write("etc/main.cf", Main(identity_file, auth_socket), kReadable);
  scratch_.Write("etc/master.cf", Master(), kReadable);
  // "check" lays out the queue; the master itself is started without "postfix start", whose shell
  // would stand between us and it.
  support::RunToEnd({.argv = {"/usr/sbin/postfix", "-c", scratch_ / "etc", "check"}});
  up_ = Start();
}

bool Postfix::Start() {
  process_ = std::make_unique<support::Process>(
      support::Command{.argv = {"/usr/lib/postfix/sbin/master", "-d", "-c", scratch_ / "etc"}});
  return support::WaitForPort("127.0.0.1", smtp_port_) &&
         support::WaitForPort("127.0.0.1", submission_port_) &&
         support::WaitForPort("127.0.0.1", smtps_port_);
}

std::string Postfix::Change(const std::vector<std::string>& assignments) {
  std::vector<std::string> argv = {"/usr/sbin/postconf", "-c", scratch_ / "etc", "-e"};
  argv.insert(argv.end(), assignments.begin(), assignments.end());
  const support::Completed changed = support::RunToEnd({.argv = std::move(argv)});
  process_->Signal(SIGHUP);
  return changed.exit_code == 0 ? "" : changed.err + "postconf failed";
}

bool Postfix::Restart() {
  process_->Stop();
  return Start();
}

std::string Postfix::Main(const std::string& identity_file, const std::string& auth_socket) const {
  return fmt::format(kMain, fmt::arg("directory", scratch_.path().string()),
                     fmt::arg("identity", identity_file), fmt::arg("auth_socket", auth_socket));
}

std::string Postfix::Master() const {
  return fmt::format(kMaster, fmt::arg("smtp", smtp_port_),
                     fmt::arg("submission", submission_port_), fmt::arg("smtps", smtps_port_));
}

}  // namespace relaywatch::e2e
