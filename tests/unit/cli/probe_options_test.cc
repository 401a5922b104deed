#include "cli/probe_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "tests/support/scratch.h"

namespace relaywatch::cli {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

absl::StatusOr<ProbeRun> Plan(const std::string& flags) {
  CLI::App app;
  ProbeOptions options;
  AddProbeOptions(app, options);
  app.parse(flags);
  return PlanProbeRun(options);
}

TEST(ProbeOptions, ProtocolAndSecurityFollowThePort) {
  struct Case {
    const char* target;
    v1::Protocol protocol;
    v1::Security security;
  };
  const Case cases[] = {
      {"a:25", v1::PROTOCOL_SMTP, v1::SECURITY_AUTO},
      {"a:587", v1::PROTOCOL_SMTP, v1::SECURITY_AUTO},
      {"a:465", v1::PROTOCOL_SMTP, v1::SECURITY_TLS},
      {"a:110", v1::PROTOCOL_POP3, v1::SECURITY_AUTO},
      {"a:995", v1::PROTOCOL_POP3, v1::SECURITY_TLS},
      {"a:143", v1::PROTOCOL_IMAP, v1::SECURITY_AUTO},
      {"a:993", v1::PROTOCOL_IMAP, v1::SECURITY_TLS},
      {"a:2525", v1::PROTOCOL_SMTP, v1::SECURITY_AUTO},
  };
  for (const Case& c : cases) {
    const auto run = Plan(c.target);
    ASSERT_TRUE(run.ok()) << c.target << ": " << run.status();
    EXPECT_EQ(run->jobs.front().request.protocol, c.protocol) << c.target;
    EXPECT_EQ(run->jobs.front().request.security, c.security) << c.target;
  }
}

TEST(ProbeOptions, JudgesByAllBuiltInProfilesUnlessSomeAreNamed) {
  EXPECT_EQ(Plan("a:25")->profiles.size(), judge::BuiltInProfiles().size());
  const auto named = Plan("a:25 --profile thunderbird --profile outlook --profile outlook");
  ASSERT_EQ(named->profiles.size(), 2U);
  EXPECT_EQ(named->profiles[0]->name, "thunderbird");
  EXPECT_EQ(named->profiles[1]->name, "outlook");
}

TEST(ProbeOptions, SenderIsTheOwnRecipientUnlessAnotherIsNamed) {
  const auto same = Plan("a:25 --from p@example.com --to p@example.net");
  EXPECT_EQ(same->jobs[0].request.relay_test.own, "p@example.com");
  EXPECT_EQ(same->jobs[0].request.relay_test.foreign, "p@example.net");
  const auto other = Plan("a:25 --from p@example.com --own q@example.com");
  EXPECT_EQ(other->jobs[0].request.relay_test.own, "q@example.com");
  EXPECT_EQ(other->jobs[0].request.relay_test.foreign, "");
}

TEST(ProbeOptions, TimeoutBoundsTheWholeAndEveryPart) {
  const auto limits = Plan("a:25 --timeout 8s")->jobs[0].request.limits;
  EXPECT_EQ(limits.dialogue, 8s);
  EXPECT_EQ(limits.banner, 8s);
  EXPECT_EQ(limits.connect, 8s);
  EXPECT_EQ(Plan("a:25 --timeout 50ms")->jobs[0].request.limits.reply, 50ms);
  EXPECT_EQ(Plan("a:25 --timeout 5m")->jobs[0].request.limits.connect, probe::Limits().connect);
}

class LoginFlags : public testing::Test {
 protected:
  support::ScratchDirectory scratch_;
  const std::string file_ =
      scratch_.Write("password", "Canary-4711\n", std::filesystem::perms{0600});
  const std::string tim_ = "a:587 --user tim --password-file " + file_;
};

TEST_F(LoginFlags, GiveOneLoginToTheWholeRun) {
  const auto run = Plan(tim_ + " b:587 --mechanism scram-sha-1");
  ASSERT_TRUE(run.ok()) << run.status();
  const probe::Request& first = run->jobs[0].request;
  const probe::Request& second = run->jobs[1].request;
  EXPECT_EQ(first.credentials->user, "tim");
  EXPECT_EQ(first.credentials->password.view(), "Canary-4711");
  EXPECT_EQ(first.credentials->mechanism, "SCRAM-SHA-1");
  EXPECT_EQ(first.login_gate->Enter(*first.credentials), "");
  EXPECT_EQ(second.login_gate->Enter(*second.credentials), "one login a run");
}

TEST_F(LoginFlags, NameTheBlindMechanism) {
  EXPECT_EQ(Plan("a:587")->jobs[0].request.blind_mechanism, "");
  EXPECT_EQ(Plan("a:587 --blind-auth")->jobs[0].request.blind_mechanism, "LOGIN");
  EXPECT_EQ(Plan("a:587 --blind-auth --mechanism plain")->jobs[0].request.blind_mechanism, "PLAIN");
  EXPECT_EQ(Plan("a:587 --blind-auth")->jobs[0].request.credentials, nullptr);
}

TEST_F(LoginFlags, NameTheIncomingServer) {
  struct Case {
    const char* server;
    v1::Protocol protocol;
    v1::Security security;
  };
  const Case cases[] = {
      {"b:110", v1::PROTOCOL_POP3, v1::SECURITY_AUTO},
      {"b:995", v1::PROTOCOL_POP3, v1::SECURITY_TLS},
      {"b:143", v1::PROTOCOL_IMAP, v1::SECURITY_AUTO},
      {"b:993", v1::PROTOCOL_IMAP, v1::SECURITY_TLS},
      {"b:4711", v1::PROTOCOL_POP3, v1::SECURITY_AUTO},
      {"imap://b:4711", v1::PROTOCOL_IMAP, v1::SECURITY_AUTO},
      {"pop3://b:143", v1::PROTOCOL_POP3, v1::SECURITY_AUTO},
      {"pop3://[::1]:995", v1::PROTOCOL_POP3, v1::SECURITY_TLS},
  };
  for (const Case& c : cases) {
    const auto run = Plan(tim_ + " --from a@example.com --pop-before-smtp " + c.server);
    ASSERT_TRUE(run.ok()) << c.server << ": " << run.status();
    EXPECT_EQ(run->jobs[0].request.pop_before_smtp->protocol, c.protocol) << c.server;
    EXPECT_EQ(run->jobs[0].request.pop_before_smtp->security, c.security) << c.server;
  }
}

TEST_F(LoginFlags, SayHowLongToWatchTheWindow) {
  const std::string flags = tim_ + " --from a@example.com --pop-before-smtp b:110";
  EXPECT_EQ(Plan(flags)->jobs[0].request.pop_window.duration, std::chrono::seconds(0));
  EXPECT_EQ(Plan(flags + " --pop-window 10m")->jobs[0].request.pop_window.duration,
            std::chrono::minutes(10));
}

TEST_F(LoginFlags, SayWhatIsWrong) {
  const std::string open = scratch_.Write("open", "Canary-4711", std::filesystem::perms{0644});
  const std::string empty = scratch_.Write("empty", "", std::filesystem::perms{0600});
  const std::string pop_first = tim_ + " --from a@example.com --pop-before-smtp b:110";
  struct Case {
    std::string flags;
    const char* message;
  };
  const Case cases[] = {
      {"a:587 --user tim", "--user: needs --password-file"},
      {"a:587 --password-file " + file_, "--password-file: needs --user"},
      {"a:587 --user tim --password-file " + open, "others can read it (mode 0644)"},
      {"a:587 --user tim --password-file " + empty, "no password in it"},
      {"a:587 --user tim --password-file /nonexistent/file", "--password-file: read /nonexistent"},
      {tim_ + " --mechanism NTLM", "--mechanism: \"NTLM\" is not one of LOGIN, PLAIN, CRAM-MD5"},
      {"a:587 --mechanism PLAIN", "--mechanism: needs --user or --blind-auth"},
      {"a:587 --from a@example.com --pop-before-smtp b:110", "--pop-before-smtp: needs --user"},
      {tim_ + " --pop-before-smtp b:110", "--pop-before-smtp: needs --from"},
      {tim_ + " --from a@example.com --pop-before-smtp b", "--pop-before-smtp: \"b\" is not "},
      {tim_ + " --pop-window 10m", "--pop-window: needs --pop-before-smtp"},
      {pop_first + " --pop-window 10", "--pop-window: \"10\" is not a duration in 1s-1h"},
      {pop_first + " --pop-window 2h", "--pop-window: \"2h\" is not a duration in 1s-1h"},
  };
  for (const Case& c : cases) {
    const auto run = Plan(c.flags);
    ASSERT_FALSE(run.ok()) << c.flags;
    const std::string message(run.status().message());
    EXPECT_NE(message.find(c.message), std::string::npos) << c.flags << ": " << message;
    EXPECT_EQ(message.find("Canary"), std::string::npos) << message;
  }
}

TEST(ProbeOptions, ConcurrencyIsOneATargetUpToSixteen) {
  EXPECT_EQ(Plan("a:25")->concurrency(), 1U);
  EXPECT_EQ(Plan("a:25 a:465 a:587 --repeat 100")->concurrency(), 3U);
  EXPECT_EQ(Plan("a:25 --concurrency 40")->concurrency(), 40U);
}

TEST(ProbeOptions, SaysWhichFlagIsWrong) {
  struct Case {
    const char* flags;
    const char* message;
  };
  const Case cases[] = {
      {"", "what to probe? HOST:PORT or --domain NAME"},
      {"--domain 192.0.2.1", "--domain: \"192.0.2.1\" is not a domain name"},
      {"--domain a..b", "--domain: \"a..b\" is not a domain name"},
      {"a", "the port is missing"},
      {"a:25 --protocol http", "--protocol: \"http\" is not one of smtp, pop3, imap"},
      {"a:25 --security ssl", "--security: \"ssl\" is not one of auto, none, starttls, tls"},
      {"a:25 --profile eudora", "--profile: \"eudora\" is not one of outlook, outlook-no-auth"},
      {"a:25 --ipv4 --ipv6", "--ipv4: excludes --ipv6"},
      {"a:25 --source eth0", "--source: \"eth0\" is not an IP address"},
      {"a:25 --to b@example.net", "--from: is needed"},
      {"a:25 --from nobody", "--from: \"nobody\" is not a mail address"},
      {"a:25 --from a@b --to \"x>@y\"", "--to: \"x>@y\" is not a mail address"},
      {"a:25 --expect-relay maybe", "--expect-relay: \"maybe\" is not one of accepted, refused"},
      {"a:25 --timeout 8", "--timeout: \"8\" is not a duration"},
      {"a:25 --timeout 1ms", "--timeout: \"1ms\" is not a duration in 10ms-1h"},
      {"a:25 --output xml", "--output: \"xml\" is not one of text, json, ndjson, csv"},
  };
  for (const Case& c : cases) {
    const auto run = Plan(c.flags);
    ASSERT_FALSE(run.ok()) << c.flags;
    EXPECT_NE(run.status().message().find(c.message), std::string_view::npos)
        << c.flags << ": " << run.status();
  }
}

}  // namespace
}  // namespace relaywatch::cli
