// The life of an agent's identity with the real programs, and no openssl anywhere: the collector
// makes its own PKI, a token lets the agent in, certificates of a minute are renewed while results
// arrive, and revoking ends it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/e2e/enrollment_fixture.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using support::Completed;
using support::Eventually;
using support::RunToEnd;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(EnrollmentE2e, FromATokenToARevocation) {
  StartCollector("certificate_lifetime: 1m");
  WriteToken({"--location", "here", "--ttl", "10m"});
  StartAgent();
  ASSERT_TRUE(Eventually(60s, [&] { return Results() > 0; })) << agent_->Err() << collector_->Err();
  const std::string identity = support::ReadFile(scratch_ / "state/identity.pem");
  const json before = Agents().at(0);
  EXPECT_EQ(before.at("state"), "connected");
  EXPECT_EQ(before.at("location"), "here");

  ASSERT_TRUE(agent_->WaitForOutput("certificate renewed until", 60s)) << agent_->Err();
  EXPECT_NE(support::ReadFile(scratch_ / "state/identity.pem"), identity);
  const int results = Results();
  EXPECT_TRUE(Eventually(60s, [&] { return Results() > results + 1; })) << agent_->Err();
  EXPECT_EQ(Agents().at(0).at("agent"), before.at("agent"));
  EXPECT_EQ(Sql("relaywatch.db", "SELECT count(*) FROM gaps"), "0\n");

  const std::string name = before.at("agent");
  const Completed revoked = Relaywatch({"agent", "revoke", name, "--reason", "end of the test"});
  EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  EXPECT_TRUE(agent_->WaitForOutput("refused us: agent " + name + " was revoked", 30s))
      << agent_->Err();
  EXPECT_TRUE(collector_->WaitForOutput("refused: agent " + name + " was revoked", 30s))
      << collector_->Err();
  EXPECT_EQ(Agents().at(0).at("state"), "revoked");
  EXPECT_EQ(Sql("fleet.sqlite", "SELECT detail FROM audit WHERE act = 'agent revoke'"),
            "end of the test\n");
  EXPECT_EQ(agent_->Stop(), 0);
  EXPECT_EQ(collector_->Stop(), 0);
}

TEST_F(EnrollmentE2e, ACertificateThatExpiredWhileTheAgentWasOffIsRecovered) {
  StartCollector("certificate_lifetime: 1m");
  WriteToken();
  StartAgent();
  ASSERT_TRUE(agent_->WaitForOutput("uplink: connected", 60s)) << agent_->Err();
  const json before = Agents().at(0);
  EXPECT_EQ(agent_->Stop(), 0);
  std::this_thread::sleep_for(61s);  // what passes here is the certificate's life
  StartAgent();
  EXPECT_TRUE(agent_->WaitForOutput("the expired certificate of agent", 30s)) << agent_->Err();
  EXPECT_TRUE(agent_->WaitForOutput("uplink: connected", 30s)) << agent_->Err();
  EXPECT_EQ(Agents().size(), 1u);
  EXPECT_EQ(Agents().at(0).at("agent"), before.at("agent"));
}

TEST_F(EnrollmentE2e, AnAgentWaitsForItsCollectorAndCanBeStopped) {
  scratch_.Write("token", "rw1_" + std::string(86, 'A'));
  StartAgent();
  ASSERT_TRUE(agent_->WaitForOutput("Connection refused; next try in", 30s)) << agent_->Err();
  EXPECT_EQ(agent_->Stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "state/identity.pem"));
}

TEST_F(EnrollmentE2e, ARefusedTokenEndsTheAgentWithAReason) {
  StartCollector();
  WriteToken();
  const Completed listed = Relaywatch({"token", "list", "--output", "json"});
  const std::string id = json::parse(listed.out).at(0).at("id");
  EXPECT_EQ(Relaywatch({"token", "revoke", id}).exit_code, 0);
  const Completed agent = RunToEnd({.argv = {kAgent, "--config", WriteAgent()}}, 60s);
  EXPECT_EQ(agent.exit_code, 78);
  EXPECT_THAT(agent.err, HasSubstr("refused us: the token was revoked"));
  EXPECT_TRUE(collector_->WaitForOutput("refused: the token was revoked", 10s));
}

TEST_F(EnrollmentE2e, TheCommandTellsWhatIsWrong) {
  const Completed nobody = Relaywatch({"token", "list"});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("relaywatch token list: collector at unix:"));
  EXPECT_EQ(Relaywatch({"token", "create", "--ttl", "soon"}).exit_code, 2);
  EXPECT_EQ(Relaywatch({"token"}).exit_code, 2);
  StartCollector();
  const Completed bad = Relaywatch({"token", "create", "--location", "not a name"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.out, IsEmpty());
  const Completed unknown = Relaywatch({"agent", "revoke", "nobody"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("no agent nobody"));
}

TEST_F(EnrollmentE2e, ATokenIsAloneOnStandardOutput) {
  StartCollector();
  const Completed made = Relaywatch({"token", "create", "--location", "here", "--uses", "3"});
  EXPECT_THAT(made.out, ::testing::MatchesRegex("rw1_[A-Za-z0-9_-]+\n"));
  EXPECT_THAT(made.err, HasSubstr("for here, 3 use(s), until "));
}

}  // namespace
}  // namespace relaywatch::e2e
