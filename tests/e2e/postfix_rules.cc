#include "tests/e2e/postfix_rules.h"

#include <filesystem>

#include "tests/e2e/private_view.h"
#include "tests/e2e/programs.h"
#include "tests/support/network.h"

namespace relaywatch::e2e {
namespace {

namespace fs = std::filesystem;

constexpr fs::perms kTraversable{0711};  // its processes run under the account postfix
constexpr fs::perms kReadable{0644};

constexpr const char* kPorts[] = {
    "smtp",           "submission", "smtps",           "no_starttls",     "no_auth",
    "no_identity",    "old_tls",    "other_name",      "few_connections", "few_recipients",
    "greylist",       "no_policy",  "no_reverse_name", "screened",        "tokens_only",
    "challenge_only", "pop_first"};

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

PostfixRules::PostfixRules(const ServerCertificates& certificates)
    : dovecot_(certificates.good_identity(), {.logins = Logins::kAll}) {
  std::map<std::string, std::string> values = {
      {"directory", scratch_.path()},
      {"certificates", certificates.directory()},
      {"auth_socket", dovecot_.auth_socket()},
      {"logged_in", dovecot_.logged_in()},
      {"postgrey", std::to_string(postgrey_.port())},
  };
  for (const char* name : kPorts) {
    ports_[name] = support::FreePort();
    values[name] = std::to_string(ports_[name]);
  }
  fs::permissions(scratch_.path(), kTraversable);
  fs::create_directories(scratch_.path() / "queue");
  MakeOwnedDirectory(scratch_ / "data", "postfix");
  WriteConfiguration("postfix_rules.main.cf", "etc/main.cf", values);
  WriteConfiguration("postfix_rules.master.cf", "etc/master.cf", values);
  Start();
}

void PostfixRules::WriteConfiguration(const char* file, const char* name,
                                      const std::map<std::string, std::string>& values) const {
  std::string text = support::ReadFile(kSource + "/tests/e2e/" + file);
  for (const auto& [key, value] : values) ReplaceAll(text, "@" + key + "@", value);
  scratch_.Write(name, text, kReadable);
}

void PostfixRules::Start() {
  const std::string etc = scratch_ / "etc";
  support::RunToEnd({.argv = {"/usr/sbin/postfix", "-c", etc, "check"}});  // lays out the queue
  process_ = std::make_unique<support::Process>(
      support::Command{.argv = dns_.AskedBy({"/usr/lib/postfix/sbin/master", "-d", "-c", etc})});
  // The master listens on all of its ports or on none. Not asked on those that count connections.
  up_ = dns_.is_up() && dovecot_.is_up() && postgrey_.is_up() &&
        support::WaitForPort("127.0.0.1", ports_.at("smtp"));
}

std::string PostfixRules::Log() const {
  return dns_.Log() + dovecot_.Log() + postgrey_.Log() + process_->Out() + process_->Err();
}

}  // namespace relaywatch::e2e
