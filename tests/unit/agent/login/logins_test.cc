#include "agent/login/logins.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "agent/login/login_throttle.h"
#include "agent/probe/probe.h"
#include "tests/support/scratch.h"

namespace relaywatch::agent {
namespace {

using probe::Credentials;
using std::chrono::minutes;

class SetClock final : public Clock {
 public:
  Instant Now() const override { return {.wall_ms = wall_ms}; }
  std::chrono::steady_clock::time_point Steady() const override { return now; }
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  std::int64_t wall_ms = 1'795'387'563'120;
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

TEST_F(LoginsTest, MakeARequestLogInAsConfigured) {
  LoginConfig tim = Config("mail.example.com", "tim", "one");
  tim.blind_auth = true;
  tim.pop_before_smtp = {.host = "pop.example.com", .port = 110};
  const auto logins = Logins::Load({tim});
  probe::Request request;
  request.host = "mail.example.com";
  request.port = 587;

  logins->AddTo(request);
  EXPECT_EQ(request.credentials->user, "tim");
  EXPECT_EQ(request.blind_mechanism, "LOGIN");
  EXPECT_FALSE(request.pop_before_smtp) << "without a relay test";

  request.relay_test.from = "a@example.com";
  logins->AddTo(request);
  EXPECT_EQ(request.pop_before_smtp->host, "pop.example.com");

  probe::Request elsewhere;
  elsewhere.host = "other.example.com";
  logins->AddTo(elsewhere);
  EXPECT_EQ(elsewhere.credentials, nullptr);
}

// What is of SMTP alone stays away from the mailbox of the same host.
TEST_F(LoginsTest, LogInToAMailboxWithoutMore) {
  LoginConfig tim = Config("mail.example.com", "tim", "one");
  tim.blind_auth = true;
  tim.pop_before_smtp = {.host = "pop.example.com", .port = 110};
  const auto logins = Logins::Load({tim});
  probe::Request request;
  request.host = "mail.example.com";
  request.protocol = v1::PROTOCOL_IMAP;
  request.relay_test.from = "a@example.com";

  logins->AddTo(request);
  EXPECT_EQ(request.credentials->user, "tim");
  EXPECT_EQ(request.blind_mechanism, "");
  EXPECT_FALSE(request.pop_before_smtp);
}

// A process after the other, with the same file.
class KeptThrottleTest : public LoginsTest {
 protected:
  // A new process, in which the passwords are these.
  void Start(const char* password = "one") {
    logins_ = Logins::Load({Config("a", "tim", password)}).value();
    clock_.now = std::chrono::steady_clock::time_point(std::chrono::minutes(1));  // after a boot
    throttle_ = std::make_shared<LoginThrottle>(clock_);
    const absl::Status kept = throttle_->KeepIn(file_, logins_);
    ASSERT_TRUE(kept.ok()) << kept;
  }

  std::string Try(const v1::Login& outcome) {
    const auto tim = logins_.For("a", 587);
    const auto gate = Gate();
    std::string refusal = gate->Enter(*tim);
    if (refusal.empty()) gate->Leave(*tim, outcome);
    return refusal;
  }

  std::shared_ptr<probe::LoginGate> Gate() {
    return throttle_->GateOf("a", std::chrono::milliseconds(0));
  }

  void Pass(minutes time) {
    clock_.now += time;
    clock_.wall_ms += std::chrono::milliseconds(time).count();
  }

  const std::string file_ = scratch_ / "state/logins";
  SetClock clock_;
  Logins logins_;
  std::shared_ptr<LoginThrottle> throttle_;
};

TEST_F(KeptThrottleTest, CountsOnAfterARestart) {
  Start();
  EXPECT_EQ(Try(Refused(535)), "");
  Pass(minutes(5));
  Start();
  EXPECT_EQ(Try(Refused(535)), "one login in 15 minutes");
  Pass(minutes(10));
  Start();
  EXPECT_EQ(Try(Refused(535)), "");
  Pass(minutes(600));
  Start();
  EXPECT_EQ(Try(Accepted()), "stopped after two refusals");
}

TEST_F(KeptThrottleTest, RemembersATryThatNobodySawTheEndOf) {
  Start();
  EXPECT_EQ(Gate()->Enter(*logins_.For("a", 587)), "");
  Start();
  EXPECT_EQ(Try(Accepted()), "one login in 15 minutes");
}

TEST_F(KeptThrottleTest, ForgivesWhereThePasswordWasChangedMeanwhile) {
  Start();
  EXPECT_EQ(Try(Refused(535)), "");
  Pass(minutes(15));
  EXPECT_EQ(Try(Refused(535)), "");
  Start("two");
  EXPECT_EQ(Try(Accepted()), "");
}

TEST_F(KeptThrottleTest, ForgivesForGood) {
  Start();
  EXPECT_EQ(Try(Refused(535)), "");
  throttle_->Forgive("tim");
  Start();
  EXPECT_EQ(Try(Accepted()), "");
}

TEST_F(KeptThrottleTest, WaitsNoLongerThanTheIntervalForAWallClockThatWasSetBack) {
  Start();
  EXPECT_EQ(Try(Accepted()), "");
  clock_.wall_ms -= std::chrono::milliseconds(std::chrono::hours(24)).count();
  Start();
  EXPECT_EQ(Try(Accepted()), "one login in 15 minutes");
  Pass(minutes(15));
  EXPECT_EQ(Try(Accepted()), "");
}

TEST_F(KeptThrottleTest, LetsNobodyInWhoseTryCannotBeWrittenDown) {
  Start();
  std::filesystem::create_directories(file_ + ".new");  // in the way
  EXPECT_EQ(Try(Accepted()), "the login cannot be written down");
  EXPECT_EQ(Try(Accepted()), "the login cannot be written down");
  std::filesystem::remove(file_ + ".new");
  EXPECT_EQ(Try(Accepted()), "");
}

TEST_F(LoginsTest, KnowWhosePasswordChanged) {
  const auto before = Logins::Load({Config("a", "tim", "one"), Config("a", "tom", "two")});
  const auto after = Logins::Load({Config("a", "tim", "one"), Config("b", "tom", "new")});
  EXPECT_EQ(after->ChangedUsers(*before), (std::vector<std::string>{"tom"}));
  EXPECT_TRUE(before->ChangedUsers(*before).empty());
}

}  // namespace
}  // namespace relaywatch::agent
