#include "tests/e2e/dovecot.h"

#include <fmt/format.h>

#include <filesystem>

#include "tests/e2e/access_token.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

using support::FreePort;

constexpr std::filesystem::perms kTraversable{0711};  // its processes run under their own accounts
constexpr std::filesystem::perms kReadable{0644};
constexpr std::filesystem::perms kExecutable{0755};

constexpr const char* kConfiguration = R"(
base_dir = {directory}/run
state_dir = {directory}/state
log_path = /dev/stderr
protocols = imap pop3 submission
listen = 127.0.0.1
ssl = yes
ssl_cert = <{identity}
ssl_key = <{identity}
disable_plaintext_auth = yes
auth_mechanisms = {mechanisms}
# Tests try wrong passwords, and do not wait for it.
auth_failure_delay = 0 secs
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_location = maildir:{directory}/mail/%u
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={directory}/mail/%u
}}
service auth {{
  unix_listener {directory}/auth {{
    mode = 0666
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3 {{
  executable = pop3 pop3-postlogin
}}
service pop3-postlogin {{
  executable = script-login {directory}/remember
  user = root
  unix_listener pop3-postlogin {{
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {submission}
  }}
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
)";

constexpr const char* kPasswordMechanisms = "plain login cram-md5";
constexpr const char* kAllMechanisms =
    "plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer";
constexpr const char* kTokens = R"(
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {file}
}}
)";
constexpr const char* kTokenRules = R"(
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={keys}/
username_attribute = sub
)";
constexpr const char* kTokenKeyFile = "keys/default/HS256/default";  // issuer's party, kind, name

}  // namespace

Dovecot::Dovecot(const support::Credential& identity, DovecotOptions options)
    : imap_port_(FreePort()), pop3_port_(FreePort()), submission_port_(FreePort()) {
  std::filesystem::permissions(scratch_.path(), kTraversable);
  // Mailboxes are made by the account that they belong to.
  std::filesystem::create_directory(scratch_.path() / "mail");
  std::filesystem::permissions(scratch_.path() / "mail", std::filesystem::perms::all);
  const std::string identity_file = scratch_.Write("identity.pem", identity.IdentityPem());
  scratch_.Write("logged_in", "", kReadable);
  scratch_.Write("remember", "#!/bin/sh\necho \"$IP OK\" >>" + logged_in() + "\nexec \"$@\"\n",
                 kExecutable);
  const std::string file = scratch_.Write("dovecot.conf", Configuration(identity_file, options));
  process_ = std::make_unique<support::Process>(
      support::Command{.argv = {"/usr/sbin/dovecot", "-F", "-c", file}});
  up_ = support::WaitForPort("127.0.0.1", submission_port_) &&
        support::WaitForPort("127.0.0.1", imap_port_) &&
        support::WaitForPort("127.0.0.1", pop3_port_);
}

std::string Dovecot::Configuration(const std::string& identity_file,
                                   const DovecotOptions& options) const {
  const bool is_all = options.logins == Logins::kAll;
  const std::string configuration =
      fmt::format(kConfiguration, fmt::arg("directory", scratch_.path().string()),
                  fmt::arg("identity", identity_file), fmt::arg("imap", imap_port_),
                  fmt::arg("pop3", pop3_port_), fmt::arg("submission", submission_port_),
                  fmt::arg("relay", options.relay_port),
                  fmt::arg("mechanisms", is_all ? kAllMechanisms : kPasswordMechanisms));
  if (!is_all) return configuration;
  scratch_.Write(kTokenKeyFile, Base64(kTokenKey), kReadable);
  const std::string file =
      scratch_.Write("oauth2.conf", fmt::format(kTokenRules, fmt::arg("keys", scratch_ / "keys")));
  return configuration + fmt::format(kTokens, fmt::arg("file", file));
}

}  // namespace relaywatch::e2e
