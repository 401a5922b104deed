#include "agent/config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::agent {
namespace {

constexpr char kLeast[] =
    "collector: collector.example.com:7443\n"
    "identity: office.pem\n"
    "ca: ca.pem\n";

TEST(AgentConfig, NeedsOnlyTheCollectorAndTheIdentity) {
  const auto config = ParseConfig(kLeast, "agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->collector, "collector.example.com:7443");
  EXPECT_EQ(config->collector_name, "collector.example.com");
  EXPECT_EQ(config->identity, "office.pem");
  EXPECT_EQ(config->ca, "ca.pem");
  EXPECT_EQ(config->location, "");
  EXPECT_EQ(config->source_address, "");
  EXPECT_EQ(config->ehlo_name, "");
  EXPECT_EQ(config->mail_ca, "");
  EXPECT_EQ(config->MaxResults(), 20'000U);
  EXPECT_EQ(config->queue.max_bytes, 256U << 20);
  EXPECT_EQ(config->queue.max_age, std::chrono::hours(7 * 24));
  EXPECT_EQ(config->queue.min_free_percent, 5U);
  EXPECT_EQ(config->log_level, "info");
  EXPECT_TRUE(config->policy.public_networks);
  EXPECT_TRUE(config->policy.networks.empty());
  EXPECT_EQ(config->policy.min_interval, std::chrono::seconds(5));
  EXPECT_EQ(config->policy.max_probes_per_minute, 0U);
}

TEST(AgentConfig, AnEnrolledAgentsIdentityLiesInItsStateDirectory) {
  const auto config = ParseConfig(
      "collector: c.example.com:7443\n"
      "enrollment: {address: 'c.example.com:7444', token_file: token}\n"
      "state_directory: /var/lib/agent\n",
      "conf/agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_TRUE(config->enrollment.has_value());
  EXPECT_EQ(config->enrollment->address, "c.example.com:7444");
  EXPECT_EQ(config->enrollment->token_file, "conf/token");
  EXPECT_EQ(config->identity, "/var/lib/agent/identity.pem");
  EXPECT_EQ(config->ca, "/var/lib/agent/ca.pem");
}

TEST(AgentConfig, TellsWhatIsWrongWithAnEnrolment) {
  const auto config = ParseConfig(
      "collector: c.example.com:7443\n"
      "enrollment: {address: c.example.com, token: x}\n"
      "identity: office.pem\n",
      "agent.yaml");
  const std::string message(config.status().message());
  for (const char* problem :
       {"enrollment.address: \"c.example.com\" is not host:port", "token_file",
        "identity: is of no use beside enrollment", "needs a state_directory"}) {
    EXPECT_NE(message.find(problem), std::string::npos) << message;
  }
}

TEST(AgentConfig, ReadsEveryKey) {
  const auto config = ParseConfig(
      "collector: '[::1]:7443'\n"
      "collector_name: localhost\n"
      "identity: /etc/relaywatch/office.pem\n"
      "ca: ca.pem\n"
      "location: office\n"
      "source_address: 127.0.1.1\n"
      "ehlo_name: '[127.0.1.1]'\n"
      "mail_ca: mail-ca.pem\n"
      "logins:\n"
      "  - {host: mail.example.com, ports: [587, 993], user: tim, password_file: tim.password,\n"
      "     mechanism: PLAIN, blind_auth: true, pop_before_smtp: 'imap://pop.example.com:993'}\n"
      "  - {host: other.example.com, user: tom, password_file: /run/tom}\n"
      "queue: {max_results: 500, max_bytes: 64MiB, max_age: 2d, min_free_percent: 10}\n"
      "policy:\n"
      "  ports: [587, 1024-2048]\n"
      "  hosts: ['*.example.com']\n"
      "  networks: [public, 10.0.0.0/8, 'fd00::/8']\n"
      "  recipients: ['probe@example.com', '*@example.net']\n"
      "  min_interval: 30s\n"
      "  max_probes_per_minute: 60\n"
      "log_level: debug\n",
      "conf/agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->collector, "[::1]:7443");
  EXPECT_EQ(config->collector_name, "localhost");
  EXPECT_EQ(config->identity, "/etc/relaywatch/office.pem");
  EXPECT_EQ(config->ca, "conf/ca.pem");
  EXPECT_EQ(config->location, "office");
  EXPECT_EQ(config->source_address, "127.0.1.1");
  EXPECT_EQ(config->ehlo_name, "[127.0.1.1]");
  ASSERT_EQ(config->logins.size(), 2U);
  EXPECT_EQ(config->logins[0].host, "mail.example.com");
  EXPECT_EQ(config->logins[0].ports, (std::vector<std::uint16_t>{587, 993}));
  EXPECT_EQ(config->logins[0].user, "tim");
  EXPECT_EQ(config->logins[0].password_file, "conf/tim.password");
  EXPECT_EQ(config->logins[0].mechanism, "PLAIN");
  EXPECT_TRUE(config->logins[0].blind_auth);
  ASSERT_TRUE(config->logins[0].pop_before_smtp);
  EXPECT_EQ(config->logins[0].pop_before_smtp->host, "pop.example.com");
  EXPECT_EQ(config->logins[0].pop_before_smtp->protocol, v1::PROTOCOL_IMAP);
  EXPECT_EQ(config->logins[0].pop_before_smtp->security, v1::SECURITY_TLS);
  EXPECT_EQ(config->logins[1].password_file, "/run/tom");
  EXPECT_FALSE(config->logins[1].blind_auth);
  EXPECT_FALSE(config->logins[1].pop_before_smtp);
  EXPECT_TRUE(config->logins[1].ports.empty());
  EXPECT_EQ(config->mail_ca, "conf/mail-ca.pem");
  EXPECT_EQ(config->MaxResults(), 500U);
  EXPECT_EQ(config->queue.max_bytes, 64U << 20);
  EXPECT_EQ(config->queue.max_age, std::chrono::hours(48));
  EXPECT_EQ(config->queue.min_free_percent, 10U);
  EXPECT_EQ(config->log_level, "debug");
  const PolicyConfig& policy = config->policy;
  ASSERT_EQ(policy.ports.size(), 2U);
  EXPECT_EQ(policy.ports[0].last, 587);
  EXPECT_EQ(policy.ports[1].first, 1024);
  EXPECT_EQ(policy.ports[1].last, 2048);
  EXPECT_EQ(policy.hosts, (std::vector<std::string>{"*.example.com"}));
  EXPECT_TRUE(policy.public_networks);
  ASSERT_EQ(policy.networks.size(), 2U);
  EXPECT_TRUE(policy.networks[1].Contains("fd12::1"));
  EXPECT_EQ(policy.recipients.size(), 2U);
  EXPECT_EQ(policy.min_interval, std::chrono::seconds(30));
  EXPECT_EQ(policy.max_probes_per_minute, 60U);
}

struct Case {
  const char* name;
  std::string added;  // to kLeast
  const char* message;
};

const Case kCases[] = {
    {"UnknownKey", "sourceaddress: 127.0.1.1\n",
     "agent.yaml:4: sourceaddress: unknown key (did "
     "you mean \"source_address\"?)"},
    {"UnknownKeyInQueue", "queue:\n  max_result: 5\n",
     "agent.yaml:5: queue.max_result: unknown key (did you mean \"max_results\"?)"},
    {"SourceIsNoAddress", "source_address: eth0\n",
     "agent.yaml:4: source_address: \"eth0\" is not an address"},
    {"CollectorNameIsNoName", "collector_name: a b\n",
     "agent.yaml:4: collector_name: \"a b\" is neither a host name nor an address"},
    {"LocationIsNoName", "location: head office\n",
     "agent.yaml:4: location: \"head office\" is not a name: at most 63 letters, digits and . _ -"},
    {"EhloNameEndsTheLine", "ehlo_name: \"a\\r\\nMAIL FROM:<>\"\n",
     "agent.yaml:4: ehlo_name: \"a\r\nMAIL FROM:<>\" is neither a host name nor an address literal "
     "such as [192.0.2.1]"},
    {"LoginWithoutPassword", "logins: [{host: a.example, user: tim}]\n",
     "agent.yaml:4: logins[0]: the key \"password_file\" is missing"},
    {"LoginAtNoHost", "logins: [{host: a/b, user: tim, password_file: p}]\n",
     "agent.yaml:4: logins[0].host: \"a/b\" is neither a host name nor an address"},
    {"LoginAtNoPort", "logins: [{host: a.example, ports: [smtp], user: tim, password_file: p}]\n",
     "agent.yaml:4: logins[0].ports: \"smtp\" is not a port"},
    {"LoginWithAPasswordInIt", "logins: [{host: a.example, user: tim, password: p}]\n",
     "agent.yaml:4: logins[0]: the key \"password_file\" is missing\n"
     "agent.yaml:4: logins[0].password: unknown key"},
    {"LoginByUnknownMechanism",
     "logins: [{host: a.example, user: tim, password_file: p, mechanism: NTLM}]\n",
     "agent.yaml:4: logins[0].mechanism: \"NTLM\" is not one of LOGIN, PLAIN, CRAM-MD5, "
     "SCRAM-SHA-256, SCRAM-SHA-1, XOAUTH2, OAUTHBEARER"},
    {"LoginOfNoUser", "logins: [{host: a.example, user: \"a\\nb\", password_file: p}]\n",
     "agent.yaml:4: logins[0].user: has control characters"},
    {"LoginFirstAtNoServer",
     "logins: [{host: a.example, user: tim, password_file: p, pop_before_smtp: b}]\n",
     "agent.yaml:4: logins[0].pop_before_smtp: \"b\" is not [pop3://|imap://]host:port"},
    {"QueueTooSmall", "queue: {max_results: 0}\n",
     "agent.yaml:4: queue.max_results: 0 is not in 100-1000000"},
    {"QueueIsOfNoSize", "queue: {max_bytes: 256M}\n",
     "agent.yaml:4: queue.max_bytes: \"256M\" is not a size from 1MiB to 64GiB, such as 256MiB"},
    {"QueueIsNoNumber", "queue: {max_results: many}\n",
     "agent.yaml:4: queue.max_results: \"many\" is not a whole number"},
    {"QueueIsNoMapping", "queue: 500\n", "agent.yaml:4: queue: must be a mapping"},
    {"PolicyPortIsNone", "policy: {ports: [smtp]}\n",
     "agent.yaml:4: policy.ports: \"smtp\" is neither a port nor a range of ports"},
    {"PolicyPortsBackwards", "policy: {ports: [587-25]}\n",
     "agent.yaml:4: policy.ports: \"587-25\" is neither a port nor a range of ports"},
    {"PolicyNetworkIsNone", "policy: {networks: [private]}\n",
     "agent.yaml:4: policy.networks: \"private\" is neither a network such as 10.0.0.0/8 nor the "
     "word public"},
    {"PolicyWithoutHosts", "policy: {hosts: []}\n",
     "agent.yaml:4: policy.hosts: lists nothing; leave the key out for its default"},
    {"PolicyRecipientIsNone", "policy: {recipients: [example.com]}\n",
     "agent.yaml:4: policy.recipients: \"example.com\" has no \"@\", as in \"*@example.com\""},
    {"PolicyBelowTheCompiledInFloor", "policy: {min_interval: 1s}\n",
     "agent.yaml:4: policy.min_interval: 1s is not in 5s-1d"},
    {"UnknownKeyInPolicy", "policy: {network: [public]}\n",
     "agent.yaml:4: policy.network: unknown key (did you mean \"networks\"?)"},
    {"UnknownLogLevel", "log_level: verbose\n",
     "agent.yaml:4: log_level: \"verbose\" is not one of trace, debug, info, warning, error"},
};

class AgentConfigRefuses : public testing::TestWithParam<Case> {};

TEST_P(AgentConfigRefuses, WithFileLineAndKey) {
  const auto config = ParseConfig(kLeast + GetParam().added, "agent.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(config.status().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Cases, AgentConfigRefuses, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(AgentConfig, TellsEveryProblemAtOnce) {
  const auto config = ParseConfig("collector: 127.0.0.1\nca: [a]\n", "agent.yaml");
  EXPECT_EQ(config.status().message(),
            "agent.yaml:1: collector: \"127.0.0.1\" is not host:port\n"
            "agent.yaml:1: the key \"identity\" is missing\n"
            "agent.yaml:2: ca: must be a text");
}

TEST(AgentConfig, NamesAFileThatIsNotThere) {
  const auto config = LoadConfig("/nowhere/agent.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(config.status().message(), "read /nowhere/agent.yaml: No such file or directory");
}

}  // namespace
}  // namespace relaywatch::agent
