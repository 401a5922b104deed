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
  EXPECT_EQ(config->max_queued_results, 20'000U);
  EXPECT_EQ(config->log_level, "info");
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
      "queue: {max_results: 500}\n"
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
  EXPECT_EQ(config->mail_ca, "conf/mail-ca.pem");
  EXPECT_EQ(config->max_queued_results, 500U);
  EXPECT_EQ(config->log_level, "debug");
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
    {"QueueTooSmall", "queue: {max_results: 0}\n",
     "agent.yaml:4: queue.max_results: 0 is not in 100-1000000"},
    {"QueueIsNoNumber", "queue: {max_results: many}\n",
     "agent.yaml:4: queue.max_results: \"many\" is not a whole number"},
    {"QueueIsNoMapping", "queue: 500\n", "agent.yaml:4: queue: must be a mapping"},
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
