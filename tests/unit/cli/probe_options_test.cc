#include "cli/probe_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

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
