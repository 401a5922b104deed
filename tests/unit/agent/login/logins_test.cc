#include "agent/login/logins.h"

#include <gtest/gtest.h>

#include "agent/login/login_throttle.h"
#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

using probe::Credentials;
using std::chrono::minutes;

class SetClock final : public Clock {
 public:
  Instant Now() const override { return {}; }
  std::chrono::steady_clock::time_point Steady() const override { return now; }
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

Credentials For(const char* user) {
  return {.user = user, .password = Secret(std::string_view("Canary-4711"))};
}

v1::Login Refused(std::uint32_t code) {
  v1::Login login;
  login.set_state(v1::LOGIN_STATE_REFUSED);
  login.mutable_reply()->set_code(code);
  return login;
}

v1::Login Accepted() {
  v1::Login login;
  login.set_state(v1::LOGIN_STATE_ACCEPTED);
  return login;
}

class LoginThrottleTest : public testing::Test {
 protected:
  // Tries to log in, and if it may, with that outcome.
  std::string Try(const v1::Login& outcome) {
    std::string refusal = gate_->Enter(tim_);
    if (refusal.empty()) gate_->Leave(tim_, outcome);
    return refusal;
  }
  std::shared_ptr<probe::LoginGate> GateOf(const char* host, std::chrono::milliseconds interval) {
    return throttle_->GateOf(host, interval);
  }

  const Credentials tim_ = For("tim");
  SetClock clock_;
  const std::shared_ptr<LoginThrottle> throttle_ = std::make_shared<LoginThrottle>(clock_);
  const std::shared_ptr<probe::LoginGate> gate_ =
      throttle_->GateOf("mail.example.com", std::chrono::milliseconds(0));
};

TEST_F(LoginThrottleTest, LetsAnAccountInOnceInFifteenMinutes) {
  EXPECT_EQ(Try(Accepted()), "");
  EXPECT_EQ(Try(Accepted()), "one login in 15 minutes");
  clock_.now += minutes(15) - std::chrono::seconds(1);
  EXPECT_EQ(Try(Accepted()), "one login in 15 minutes");
  clock_.now += std::chrono::seconds(1);
  EXPECT_EQ(Try(Accepted()), "");
  EXPECT_EQ(gate_->Enter(For("tom")), "");
}

TEST_F(LoginThrottleTest, StopsAfterTwoRefusalsUntilThePasswordChanges) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Try(Refused(535)), "") << i;
    clock_.now += minutes(15);
  }
  clock_.now += std::chrono::hours(24 * 365);
  EXPECT_EQ(Try(Accepted()), "stopped after two refusals");
  throttle_->Forgive("tom");
  EXPECT_EQ(Try(Accepted()), "stopped after two refusals");
  throttle_->Forgive("tim");
  EXPECT_EQ(Try(Accepted()), "");
}

TEST_F(LoginThrottleTest, CountsRefusalsInARowThatMayBeForTheCredentials) {
  struct Case {
    v1::Login outcome;
    bool counts;
  };
  const Case cases[] = {{Refused(535), true},  {Refused(534), true},  {Refused(550), true},
                        {Refused(0), true},    {Refused(454), false}, {Refused(421), false},
                        {Refused(504), false}, {Refused(503), false}, {v1::Login(), false}};
  for (const Case& c : cases) {
    SetClock clock;
    const auto throttle = std::make_shared<LoginThrottle>(clock);
    const auto gate = throttle->GateOf("mail.example.com", std::chrono::milliseconds(0));
    for (int i = 0; i < 3; ++i) {
      if (gate->Enter(tim_).empty()) gate->Leave(tim_, c.outcome);
      clock.now += minutes(15);
    }
    EXPECT_EQ(gate->Enter(tim_).empty(), !c.counts) << c.outcome.DebugString();
  }
  EXPECT_EQ(Try(Refused(535)), "");
  clock_.now += minutes(15);
  EXPECT_EQ(Try(Accepted()), "");
  clock_.now += minutes(15);
  EXPECT_EQ(Try(Refused(535)), "");
  clock_.now += minutes(15);
  EXPECT_EQ(Try(Accepted()), "");
}

TEST_F(LoginThrottleTest, SpreadsLoginsAtAHostAsThePlanAsks) {
  const auto gate = GateOf("mail.example.com", minutes(60));
  const Credentials tom = For("tom");
  EXPECT_EQ(gate->Enter(tim_), "");
  EXPECT_EQ(gate->Enter(tom), "the plan spreads logins at this server over the fleet");
  EXPECT_EQ(GateOf("other.example.com", minutes(60))->Enter(tom), "");
  clock_.now += minutes(59);
  EXPECT_EQ(gate->Enter(tim_), "the plan spreads logins at this server over the fleet");
  clock_.now += minutes(1);
  EXPECT_EQ(gate->Enter(tim_), "");
}

TEST_F(LoginThrottleTest, NoPlanMakesLoginsMoreFrequent) {
  const auto gate = GateOf("mail.example.com", std::chrono::milliseconds(1));
  EXPECT_EQ(gate->Enter(tim_), "");
  clock_.now += minutes(14);
  EXPECT_EQ(gate->Enter(tim_), "one login in 15 minutes");
}

class LoginsTest : public testing::Test {
 protected:
  LoginConfig Config(const char* host, const char* user, const char* password) {
    return {.host = host,
            .user = user,
            .password_file = scratch_.Write(std::string(user) + ".password", password)};
  }
  support::ScratchDirectory scratch_;
};

TEST_F(LoginsTest, BelongToAHostAndItsPorts) {
  LoginConfig tim = Config("Mail.example.com", "tim", "one");
  tim.ports = {587};
  const auto logins = Logins::Load({tim, Config("mail.example.com", "tom", "two")});
  ASSERT_TRUE(logins.ok()) << logins.status();
  EXPECT_EQ(logins->For("mail.example.com", 587)->user, "tim");
  EXPECT_EQ(logins->For("mail.example.com", 993)->user, "tom");
  EXPECT_EQ(logins->For("mail.example.com.evil.example", 587), nullptr);
  EXPECT_EQ(logins->For("127.0.0.1", 587), nullptr);
}

TEST_F(LoginsTest, NeedAFileThatIsTheOwnersAlone) {
  LoginConfig tim = Config("mail.example.com", "tim", "one");
  tim.password_file = scratch_.Write("open", "one", std::filesystem::perms{0644});
  EXPECT_EQ(Logins::Load({tim}).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(LoginsTest, KnowWhosePasswordChanged) {
  const auto before = Logins::Load({Config("a", "tim", "one"), Config("a", "tom", "two")});
  const auto after = Logins::Load({Config("a", "tim", "one"), Config("b", "tom", "new")});
  EXPECT_EQ(after->ChangedUsers(*before), (std::vector<std::string>{"tom"}));
  EXPECT_TRUE(before->ChangedUsers(*before).empty());
}

}  // namespace
}  // namespace relaywatch::agent
