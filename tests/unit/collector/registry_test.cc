// Tokens, agents, revocations: what is on disk after each answer, and after each crash.
#include "collector/fleet/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/support/scratch.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'800'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

IssuedCertificate Certificate(const std::string& key) {
  return {.chain_pem = "chain", .serial = "01", .key_hash = key, .not_after = kNow / 1000 + 600};
}

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() { Open(); }

  void Open() {
    registry_.reset();
    auto opened = Registry::Open(file_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    registry_ = *std::move(opened);
  }
  void AddToken(const std::string& id, std::int64_t uses = 1, const std::string& location = "") {
    ASSERT_TRUE(registry_
                    ->AddToken({.id = id,
                                .location = location,
                                .created_ms = kNow,
                                .expires_ms = kNow + kHour,
                                .uses = uses},
                               "hash of " + id, "admin")
                    .ok());
  }
  static Registry::Redemption Asking(const std::string& token, const std::string& key) {
    return {.token_hash = "hash of " + token,
            .key_hash = key,
            .words = {"host.example.com", "1.0"},
            .now_ms = kNow + 1,
            .peer = "ipv4:192.0.2.1:1"};
  }
  absl::StatusOr<Registry::Enrolled> Redeem(const Registry::Redemption& redemption) {
    return registry_->Redeem(redemption,
                             [&](const std::string&) { return Certificate(redemption.key_hash); });
  }
  std::int64_t Count(const std::string& from) {
    auto database = sqlite::Database::Open(file_);
    return *database->Integer("SELECT count(*) FROM " + from);
  }

  support::ScratchDirectory scratch_;
  const std::string file_ = scratch_ / "fleet.sqlite";
  std::unique_ptr<Registry> registry_;
};

TEST_F(RegistryTest, ATokenLetsInAsManyAsItsUses) {
  AddToken("two", 2);
  EXPECT_TRUE(Redeem(Asking("two", "key 1")).ok());
  EXPECT_TRUE(Redeem(Asking("two", "key 2")).ok());
  const auto third = Redeem(Asking("two", "key 3"));
  EXPECT_EQ(third.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(third.status().message()), HasSubstr("used up (2 of 2 uses)"));
  EXPECT_EQ(registry_->Agents()->size(), 2u);
}

// The answer was lost: the agent asks again with the key it has.
TEST_F(RegistryTest, TheSameKeyIsTheSameAgentAndCountsOnce) {
  AddToken("one");
  const auto first = Redeem(Asking("one", "key"));
  const auto again = Redeem(Asking("one", "key"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->agent, first->agent);
  EXPECT_EQ(registry_->Tokens()->front().used, 1);
  EXPECT_EQ(registry_->Agents()->size(), 1u);
}

TEST_F(RegistryTest, ARevokedAgentDoesNotComeBackByItsToken) {
  AddToken("one");
  const auto agent = Redeem(Asking("one", "key"))->agent;
  ASSERT_TRUE(registry_->RevokeAgent(agent, "stolen", kNow, "admin").ok());
  EXPECT_EQ(Redeem(Asking("one", "key")).status().code(), absl::StatusCode::kPermissionDenied);
}

struct RefusedToken {
  const char* name;
  void (*change)(Registry&, Registry::Redemption&);
  absl::StatusCode code;
  const char* reason;
};

class TokenRefusal : public RegistryTest, public ::testing::WithParamInterface<RefusedToken> {};

TEST_P(TokenRefusal, IsToldWhyAndCountsNothing) {
  AddToken("one", 1, "office");
  Registry::Redemption redemption = Asking("one", "key");
  GetParam().change(*registry_, redemption);
  const auto refused = Redeem(redemption);
  EXPECT_EQ(refused.status().code(), GetParam().code);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(GetParam().reason));
  EXPECT_EQ(registry_->Tokens()->front().used, 0);
  EXPECT_TRUE(registry_->Agents()->empty());
}

const RefusedToken kRefusedTokens[] = {
    {"Unknown", [](Registry&, auto& asking) { asking.token_hash = "other"; },
     absl::StatusCode::kNotFound, "no such token"},
    {"Expired", [](Registry&, auto& asking) { asking.now_ms = kNow + kHour; },
     absl::StatusCode::kUnauthenticated, "expired at 2027-01-15T09:00:00"},
    {"Revoked", [](Registry& registry, auto&) { (void)registry.RevokeToken("one", kNow, "admin"); },
     absl::StatusCode::kUnauthenticated, "was revoked"},
    {"OtherLocation", [](Registry&, auto& asking) { asking.location = "home"; },
     absl::StatusCode::kPermissionDenied, "is for location \"office\", not \"home\""},
};
INSTANTIATE_TEST_SUITE_P(Table, TokenRefusal, ::testing::ValuesIn(kRefusedTokens),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(RegistryTest, WhatCannotBeIssuedCountsNothing) {
  AddToken("one");
  const auto failed = registry_->Redeem(Asking("one", "key"), [](const std::string&) {
    return absl::StatusOr<IssuedCertificate>(absl::FailedPreconditionError("issuer expired"));
  });
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(registry_->Tokens()->front().used, 0);
  EXPECT_TRUE(Redeem(Asking("one", "key")).ok());
}

// Killed between signing and the commit: neither the use nor the agent is there.
TEST_F(RegistryTest, ACrashBeforeTheCommitChangesNothing) {
  AddToken("one");
  registry_.reset();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto registry = Registry::Open(file_);
    (void)(*registry)->Redeem(Asking("one", "key"),
                              [](const std::string&) -> absl::StatusOr<IssuedCertificate> {
                                kill(getpid(), SIGKILL);
                                return absl::InternalError("killed");
                              });
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  Open();
  EXPECT_EQ(registry_->Tokens()->front().used, 0);
  EXPECT_TRUE(registry_->Agents()->empty());
  EXPECT_TRUE(Redeem(Asking("one", "key")).ok());
}

TEST_F(RegistryTest, ARaceForTheLastUseHasOneWinner) {
  AddToken("one");
  std::atomic<int> winners = 0;
  std::vector<std::thread> racers;
  for (int i = 0; i < 8; ++i) {
    racers.emplace_back(
        [&, i] { winners += Redeem(Asking("one", "key " + std::to_string(i))).ok() ? 1 : 0; });
  }
  for (auto& racer : racers) racer.join();
  EXPECT_EQ(winners, 1);
}

TEST_F(RegistryTest, RevocationsSurviveAndAreForGood) {
  AddToken("one");
  const auto agent = Redeem(Asking("one", "key"))->agent;
  EXPECT_FALSE(registry_->IsRevoked(agent));
  ASSERT_TRUE(registry_->RevokeAgent(agent, "laptop stolen", kNow + 5, "admin").ok());
  EXPECT_TRUE(registry_->IsRevoked(agent));
  Open();
  EXPECT_TRUE(registry_->IsRevoked(agent));
  const AgentRecord record = registry_->Agents()->front();
  EXPECT_EQ(record.revoked_ms, kNow + 5);
  EXPECT_EQ(record.reason, "laptop stolen");
  EXPECT_EQ(registry_->RevokeAgent(agent, "", kNow, "admin").code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(registry_->RevokeAgent("nobody", "", kNow, "admin").code(),
            absl::StatusCode::kNotFound);
}

TEST_F(RegistryTest, ARevocationThatWasEnteredByHandCountsAfterTheNextLook) {
  ASSERT_TRUE(registry_->Enter({{.name = "office-1"}}).ok());
  auto database = sqlite::Database::Open(file_);
  ASSERT_TRUE(database->Execute("UPDATE agent SET revoked_ms = 1").ok());
  EXPECT_THAT(*registry_->RefreshRevoked(), ElementsAre("office-1"));
  EXPECT_TRUE(registry_->IsRevoked("office-1"));
}

TEST_F(RegistryTest, RenewsOnlyWhomItEnrolledAndDidNotRevoke) {
  AddToken("one");
  const auto agent = Redeem(Asking("one", "key"))->agent;
  const auto renew = [&](const std::string& name) {
    return registry_
        ->Renew(name, {"new-name.example.com", "2.0"}, kNow, "peer",
                [](const std::string&) { return Certificate("new key"); })
        .status();
  };
  EXPECT_TRUE(renew(agent).ok());
  EXPECT_EQ(registry_->Agents()->front().host_name, "new-name.example.com");
  ASSERT_TRUE(registry_->Enter({{.name = "outside"}}).ok());
  EXPECT_THAT(std::string(renew("outside").message()), HasSubstr("was not enrolled here"));
  ASSERT_TRUE(registry_->RevokeAgent(agent, "", kNow, "admin").ok());
  EXPECT_EQ(renew(agent).code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(RegistryTest, EnteringAgainChangesNothing) {
  ASSERT_TRUE(registry_->Enter({{.name = "a", .host_name = "first"}}).ok());
  ASSERT_TRUE(registry_->Enter({{.name = "a", .host_name = "second"}, {.name = "b"}}).ok());
  const auto agents = registry_->Agents();
  ASSERT_EQ(agents->size(), 2u);
  EXPECT_EQ(agents->front().host_name, "first");
  EXPECT_EQ(agents->front().enrolled_ms, 0);
}

TEST_F(RegistryTest, EveryDecisionIsInTheAudit) {
  AddToken("one");
  const auto agent = Redeem(Asking("one", "key"))->agent;
  ASSERT_TRUE(registry_->RevokeToken("one", kNow, "admin").ok());
  ASSERT_TRUE(registry_->RevokeAgent(agent, "stolen", kNow, "admin").ok());
  ASSERT_TRUE(registry_->AuditRefusal(agent, "revoked", "peer", kNow).ok());
  EXPECT_EQ(Count("audit WHERE act = 'token create' AND object = 'one' AND who = 'admin'"), 1);
  EXPECT_EQ(Count("audit WHERE act = 'enrol' AND object = '" + agent + "'"), 1);
  EXPECT_EQ(Count("audit WHERE act = 'token revoke' AND object = 'one'"), 1);
  EXPECT_EQ(Count("audit WHERE act = 'agent revoke' AND detail = 'stolen'"), 1);
  EXPECT_EQ(Count("audit WHERE act = 'refuse' AND who = 'peer'"), 1);
}

TEST_F(RegistryTest, ATokenThatIsRevokedAlreadyOrUnknownIsSaid) {
  AddToken("one");
  EXPECT_EQ(registry_->RevokeToken("two", kNow, "admin").code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(registry_->RevokeToken("one", kNow, "admin").ok());
  EXPECT_EQ(registry_->RevokeToken("one", kNow, "admin").code(), absl::StatusCode::kNotFound);
}

TEST_F(RegistryTest, AnOperatorIsThereUntilItIsRevokedForGood) {
  const auto create = [&] {
    return registry_->CreateOperator("alice", kNow, "admin",
                                     [](const std::string&) { return Certificate("key"); });
  };
  ASSERT_TRUE(create().ok());
  ASSERT_TRUE(create().ok());  // a further certificate
  EXPECT_FALSE(registry_->IsOperatorRevoked("alice"));
  EXPECT_TRUE(*registry_->RevokeOperator("alice", "left", kNow + 1, "admin"));
  EXPECT_FALSE(*registry_->RevokeOperator("of an outside PKI", "", kNow, "admin"));
  Open();
  EXPECT_TRUE(registry_->IsOperatorRevoked("alice"));
  EXPECT_TRUE(registry_->IsOperatorRevoked("of an outside PKI"));
  EXPECT_FALSE(registry_->IsRevoked("alice"));  // an agent of that name is somebody else
  EXPECT_EQ(registry_->RevokeOperator("alice", "", kNow, "admin").status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(create().status().code(), absl::StatusCode::kFailedPrecondition);
  const auto operators = registry_->Operators();
  ASSERT_EQ(operators->size(), 2u);
  EXPECT_EQ(operators->front().name, "alice");
  EXPECT_EQ(operators->front().created_ms, kNow);
  EXPECT_EQ(operators->front().not_after, kNow / 1000 + 600);
  EXPECT_EQ(operators->front().revoked_ms, kNow + 1);
  EXPECT_EQ(operators->front().reason, "left");
  EXPECT_EQ(Count("audit WHERE act = 'operator create' AND object = 'alice'"), 2);
  EXPECT_EQ(Count("audit WHERE act = 'operator revoke' AND detail = 'left'"), 1);
}

TEST_F(RegistryTest, WhatCannotBeSignedMakesNoOperator) {
  const auto refused = registry_->CreateOperator(
      "alice", kNow, "admin", [](const std::string&) -> absl::StatusOr<IssuedCertificate> {
        return absl::InternalError("no randomness");
      });
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(registry_->Operators()->empty());
  EXPECT_EQ(Count("audit"), 0);
}

TEST_F(RegistryTest, ARevocationByHandCountsAfterTheNextSweep) {
  ASSERT_TRUE(registry_
                  ->CreateOperator("alice", kNow, "admin",
                                   [](const std::string&) { return Certificate("key"); })
                  .ok());
  {
    auto database = sqlite::Database::Open(file_);
    ASSERT_TRUE(database->Execute("UPDATE operator SET revoked_ms = 1").ok());
  }
  ASSERT_TRUE(registry_->RefreshRevoked().ok());
  EXPECT_TRUE(registry_->IsOperatorRevoked("alice"));
}

TEST_F(RegistryTest, AFileOfBeforeThereWereOperatorsIsTakenOver) {
  AddToken("one");
  registry_.reset();
  {
    auto database = sqlite::Database::Open(file_);
    ASSERT_TRUE(database->Execute("DROP TABLE operator; PRAGMA user_version = 1").ok());
  }
  Open();
  EXPECT_EQ(registry_->Tokens()->size(), 1u);
  EXPECT_TRUE(registry_->Operators()->empty());
  EXPECT_EQ(Count("pragma_user_version WHERE user_version = 2"), 1);
}

TEST_F(RegistryTest, IsForItsOwnerOnly) {
  EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms{0600});
}

TEST_F(RegistryTest, ANewerFileIsLeftAlone) {
  registry_.reset();
  {
    auto database = sqlite::Database::Open(file_);
    ASSERT_TRUE(database->Execute("PRAGMA user_version = 99").ok());
  }
  const auto opened = Registry::Open(file_);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(opened.status().message()),
              HasSubstr("fleet.sqlite: written by a newer"));
}

}  // namespace
}  // namespace relaywatch::collector::testing
