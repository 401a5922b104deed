// An operator elsewhere, with the real programs and no openssl: certified at the admin socket, asks
// over the network, and is refused once revoked.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/enrollment_fixture.h"
#include "tests/support/certificates.h"

namespace relaywatch::e2e {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using support::Completed;
using support::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class OperatorsE2e : public EnrollmentE2e {
 protected:
  // As somebody on another host would run it.
  Completed FromElsewhere(std::vector<std::string> arguments, const std::string& identity) const {
    arguments.insert(arguments.begin(), kRelaywatch);
    arguments.insert(arguments.end(),
                     {"--collector", fmt::format("localhost:{}", operators_port_), "--identity",
                      identity, "--ca", scratch_ / "data/pki/ca.pem"});
    return support::RunToEnd({.argv = std::move(arguments)});
  }
  void StartWithResults() {
    StartCollector();
    WriteToken();
    StartAgent();
    ASSERT_TRUE(Eventually(60s, [&] { return Results() > 0; })) << agent_->Err();
  }

  const std::string alice_ = scratch_ / "alice.pem";
};

TEST_F(OperatorsE2e, FromACertificateToARevocation) {
  StartWithResults();
  const Completed made = Relaywatch({"operator", "create", "alice", "--identity", alice_});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("alice.pem: operator alice, until 20"));
  EXPECT_THAT(made.err, HasSubstr("data/pki/ca.pem"));
  EXPECT_EQ(std::filesystem::status(alice_).permissions(), std::filesystem::perms{0600});

  const Completed matrix = FromElsewhere({"matrix", "--output", "json"}, alice_);
  ASSERT_EQ(matrix.exit_code, 0) << matrix.err;
  EXPECT_EQ(json::parse(matrix.out).at(0).at("endpoint"), "nobody");
  EXPECT_EQ(FromElsewhere({"history", "--since", "1h"}, alice_).exit_code, 0);
  EXPECT_EQ(FromElsewhere({"changes"}, alice_).exit_code, 0);
  const Completed exported = FromElsewhere({"export", "--output", "ndjson"}, alice_);
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_THAT(exported.out, HasSubstr("\"endpoint\":\"nobody\""));

  const Completed revoked = Relaywatch({"operator", "revoke", "alice", "--reason", "left"});
  EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  EXPECT_EQ(revoked.err, "operator alice is revoked\n");
  const Completed refused = FromElsewhere({"matrix"}, alice_);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.out, IsEmpty());
  EXPECT_EQ(refused.err, fmt::format("relaywatch matrix: collector at localhost:{}: operator alice "
                                     "was revoked\n",
                                     operators_port_));
  EXPECT_TRUE(collector_->WaitForOutput("refused: operator alice was revoked", 10s));
  const Completed listed = Relaywatch({"operator", "list", "--output", "json"});
  EXPECT_EQ(json::parse(listed.out).at(0).at("reason"), "left");
  EXPECT_EQ(Sql("fleet.sqlite", "SELECT detail FROM audit WHERE act = 'operator revoke'"),
            "left\n");
  EXPECT_EQ(agent_->Stop(), 0);
  EXPECT_EQ(collector_->Stop(), 0);
}

TEST_F(OperatorsE2e, AnAgentsIdentityIsNoOperators) {
  StartWithResults();
  const Completed refused = FromElsewhere({"matrix"}, scratch_ / "state/identity.pem");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("is an agent, not an operator of this deployment"));
  EXPECT_TRUE(collector_->WaitForOutput("is an agent, not an operator", 10s));
}

TEST_F(OperatorsE2e, TheCommandTellsWhatIsMissingOrWrong) {
  StartCollector();
  ASSERT_EQ(Relaywatch({"operator", "create", "alice", "--identity", alice_}).exit_code, 0);
  const std::string there = fmt::format("localhost:{}", operators_port_);
  const auto run = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kRelaywatch);
    return support::RunToEnd({.argv = std::move(arguments)});
  };
  const std::string ca = scratch_ / "data/pki/ca.pem";
  const support::CertificateAuthority other("Other CA");
  scratch_.Write("other.pem", other.certificate_pem());
  scratch_.Write(
      "stranger.pem",
      other.Issue({.uris = {"spiffe://e2e/operator/alice"}, .purpose = support::Purpose::kClient})
          .IdentityPem());
  struct Wrong {
    std::vector<std::string> arguments;
    int exit_code;
    std::string words;
  };
  const Wrong table[] = {
      {{"matrix", "--collector", there}, 2, "--identity is missing"},
      {{"matrix", "--collector", there, "--identity", alice_}, 2, "--ca is missing"},
      {{"matrix", "--collector", "nowhere", "--identity", alice_, "--ca", ca},
       2,
       "neither unix:PATH nor HOST:PORT"},
      {{"matrix", "--collector", there, "--identity", ca, "--ca", ca}, 2, "no private key in it"},
      {{"matrix", "--collector", there, "--identity", alice_, "--ca", scratch_ / "none.pem"},
       2,
       "none.pem"},
      {{"matrix", "--identity", alice_}, 2, "are for a collector elsewhere"},
      {{"token", "list", "--collector", there}, 2, "is no socket"},
      {{"changes", "accept", "1", "--collector", there}, 2, "is no socket"},
      {{"matrix", "--collector", there, "--identity", alice_, "--ca", scratch_ / "other.pem"},
       1,
       "--ca does not vouch for its certificate"},
      {{"matrix", "--collector", there, "--identity", scratch_ / "stranger.pem", "--ca", ca},
       1,
       "it hung up: is this its listen.operators, and --identity signed by its CA?"},
      {{"matrix", "--collector", fmt::format("localhost:{}", support::FreePort()), "--identity",
        alice_, "--ca", ca},
       1,
       "collector at localhost:"},
  };
  for (const Wrong& wrong : table) {
    const Completed completed = run(wrong.arguments);
    EXPECT_EQ(completed.exit_code, wrong.exit_code) << completed.err;
    EXPECT_THAT(completed.err, HasSubstr(wrong.words));
    EXPECT_THAT(completed.out, IsEmpty());
  }
  const Completed again = Relaywatch({"operator", "create", "alice", "--identity", alice_});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  // Before a certificate is made that nobody would have.
  for (const std::string& nowhere : {scratch_ / "none/bob.pem", alice_ + "/bob.pem"}) {
    const Completed lost = Relaywatch({"operator", "create", "bob", "--identity", nowhere});
    EXPECT_EQ(lost.exit_code, 2);
    EXPECT_THAT(lost.err, HasSubstr("--identity: " + nowhere));
  }
  EXPECT_THAT(Relaywatch({"operator", "list"}).out, Not(HasSubstr("bob")));
  const Completed unknown = Relaywatch({"operator", "revoke", "alcie"});
  EXPECT_THAT(unknown.err, HasSubstr("never made a certificate for it"));
}

}  // namespace
}  // namespace relaywatch::e2e
