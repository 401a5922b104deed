#include "agent/schedule/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Time = Schedule::Time;

Service SmtpService(const std::string& endpoint, std::uint16_t port = 587,
                    milliseconds interval = 60s) {
  Service service;
  service.key = {endpoint, v1::PROTOCOL_SMTP, port};
  service.host = endpoint + ".example.com";
  service.interval = interval;
  return service;
}

std::vector<Service> Endpoints(int count, milliseconds interval = 60s) {
  std::vector<Service> services;
  for (int i = 0; i < count; ++i) {
    services.push_back(SmtpService("mail-" + std::to_string(i), 587, interval));
  }
  return services;
}

// Lets time pass as the agent's timer would, and notes when each service was begun.
class Simulation {
 public:
  explicit Simulation(Schedule& schedule, Time now) : schedule_(schedule), now_(now) {}

  // Probes take no time unless `keep_running`.
  void RunUntil(Time end, bool keep_running = false) {
    for (auto wake = schedule_.NextWake(); wake && *wake <= end; wake = schedule_.NextWake()) {
      now_ = std::max(now_, *wake);
      Look(keep_running);
    }
    now_ = end;
  }

  void Look(bool keep_running = false) {
    auto due = schedule_.Due(now_);
    while (!due.empty()) {
      for (const Service& service : due) {
        starts[service.key].push_back(now_);
        if (!keep_running) schedule_.Finished(service.key);
      }
      due = keep_running ? std::vector<Service>{} : schedule_.Due(now_);
    }
  }

  void Skip(milliseconds time) { now_ += time; }
  Time now() const { return now_; }

  std::vector<Time> All() const {
    std::vector<Time> all;
    for (const auto& [key, times] : starts) all.insert(all.end(), times.begin(), times.end());
    std::sort(all.begin(), all.end());
    return all;
  }
  std::size_t Within(milliseconds span) const {  // the most starts in any window of this length
    const auto all = All();
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < all.size(); ++last) {
      while (all[last] - all[first] >= span) ++first;
      most = std::max(most, last - first + 1);
    }
    return most;
  }

  std::map<ServiceKey, std::vector<Time>> starts;

 private:
  Schedule& schedule_;
  Time now_;
};

const Time kStart{std::chrono::hours(100)};

TEST(Schedule, SaysNothingBeforeAPlan) {
  Schedule schedule("office");
  EXPECT_EQ(schedule.NextWake(), std::nullopt);
  EXPECT_TRUE(schedule.Due(kStart).empty());
}

TEST(Schedule, ProbesTheFirstPlanWithinFiveSeconds) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(9), kStart);
  time.RunUntil(kStart + 5s);
  EXPECT_EQ(time.starts.size(), 9U);
}

TEST(Schedule, ProbesAFastServiceWithinItsOwnInterval) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply({SmtpService("mail", 25, 5s)}, kStart);
  time.RunUntil(kStart + 5s);
  EXPECT_EQ(time.starts.size(), 1U);
}

TEST(Schedule, NeverBurstsOnALargeFirstPlan) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(300), kStart);
  time.RunUntil(kStart + 3min);
  EXPECT_EQ(time.starts.size(), 300U);
  EXPECT_LE(time.Within(1s), 25U);  // 10 a second in the first round, 5 after it
}

TEST(Schedule, FollowsTheFirstRoundAfterHalfAnIntervalAtLeast) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(50), kStart);
  time.RunUntil(kStart + 10min);
  for (const auto& [key, starts] : time.starts) {
    ASSERT_GE(starts.size(), 9U);
    EXPECT_GE(starts[1] - starts[0], 30s);
    EXPECT_LE(starts[1] - starts[0], 93s);
    for (std::size_t i = 2; i < starts.size(); ++i) {
      EXPECT_GT(starts[i] - starts[i - 1], 58s);
      EXPECT_LT(starts[i] - starts[i - 1], 62s);
    }
  }
}

TEST(Schedule, KeepsThePhaseOfAnUnchangedServiceOverRePlans) {
  const auto starts_of_mail_3 = [](bool re_plan) {
    Schedule schedule("office");
    Simulation time(schedule, kStart);
    schedule.Apply(Endpoints(5), kStart);
    for (int i = 1; i <= 20; ++i) {
      time.RunUntil(kStart + i * 31s);
      if (re_plan) schedule.Apply(Endpoints(5 + i % 3), time.now());
    }
    return time.starts[{"mail-3", v1::PROTOCOL_SMTP, 587}];
  };
  EXPECT_EQ(starts_of_mail_3(true), starts_of_mail_3(false));
}

TEST(Schedule, KeepsThePhaseOverARestart) {
  const auto phase = [](Time start) {
    Schedule schedule("office");
    Simulation time(schedule, start);
    schedule.Apply({SmtpService("mail")}, start);
    time.RunUntil(start + 5min);
    return (time.All().back().time_since_epoch() % 60s) / 1.0s;
  };
  EXPECT_NEAR(phase(kStart), phase(kStart + 17s), 2.0);
}

TEST(Schedule, StartsServicesOfALaterPlanAtTheirPhase) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(1), kStart);
  time.RunUntil(kStart + 10min);
  time.starts.clear();
  schedule.Apply(Endpoints(201), time.now());
  time.RunUntil(time.now() + 62s);
  EXPECT_EQ(time.starts.size(), 201U);
  EXPECT_LE(time.Within(1s), 14U);  // 3.3 a second expected
}

TEST(Schedule, TakesAnEmptyPlanForNoPlanYet) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply({}, kStart);
  schedule.Apply(Endpoints(3), kStart + 1h);
  time.RunUntil(kStart + 1h + 5s);
  EXPECT_EQ(time.starts.size(), 3U);
}

TEST(Schedule, ShortensAnIntervalWithoutWaitingForTheOldOne) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply({SmtpService("mail", 25, 1h)}, kStart);
  time.RunUntil(kStart + 1min);
  time.starts.clear();
  schedule.Apply({SmtpService("mail", 25, 10s)}, time.now());
  time.RunUntil(time.now() + 11s);
  EXPECT_EQ(time.All().size(), 1U);
}

TEST(Schedule, ForgetsServicesThatThePlanDropped) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(3), kStart);
  schedule.Apply(Endpoints(1), kStart);
  time.RunUntil(kStart + 10min);
  EXPECT_EQ(time.starts.size(), 1U);
}

TEST(Schedule, MakesUpForNothingAfterASuspend) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(600), kStart);
  time.RunUntil(kStart + 5min);
  time.starts.clear();
  time.Skip(8h);
  const Time woken = time.now();
  time.Look();
  EXPECT_LE(time.All().size(), 80U);  // those within a tenth of their interval, 60 expected
  time.RunUntil(woken + 62s);
  EXPECT_EQ(time.starts.size(), 600U);
  EXPECT_GE(schedule.Stats().missed, 500U);
}

TEST(Schedule, DoesNotProbeAServiceThatIsStillBeingProbed) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(1), kStart);
  time.RunUntil(kStart + 5min, /*keep_running=*/true);
  EXPECT_EQ(time.All().size(), 1U);
  EXPECT_GE(schedule.Stats().skipped, 4U);
  EXPECT_EQ(schedule.Stats().in_flight, 1U);
  schedule.Finished({"mail-0", v1::PROTOCOL_SMTP, 587});
  time.RunUntil(kStart + 6min + 5s);
  EXPECT_GE(time.All().size(), 2U);
}

TEST(Schedule, RemembersARunningProbeOfAServiceThatWentAndCameBack) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(1), kStart);
  time.RunUntil(kStart + 5s, /*keep_running=*/true);
  ASSERT_EQ(time.All().size(), 1U);
  schedule.Apply({}, time.now());
  schedule.Apply(Endpoints(1), time.now());
  time.RunUntil(kStart + 3min, /*keep_running=*/true);
  EXPECT_EQ(time.All().size(), 1U);
  schedule.Finished({"mail-0", v1::PROTOCOL_SMTP, 587});
  EXPECT_EQ(schedule.Stats().in_flight, 0U);
}

TEST(Schedule, HoldsBackAboveTheCeilingOfAHost) {
  Schedule schedule("office", {.in_flight = 100, .in_flight_per_host = 2});
  Simulation time(schedule, kStart);
  std::vector<Service> services;
  for (const std::uint16_t port : {25, 465, 587, 2525}) {
    services.push_back(SmtpService("mail", port));
  }
  services.push_back(SmtpService("other", 25));
  schedule.Apply(services, kStart);
  time.RunUntil(kStart + 5s, /*keep_running=*/true);
  EXPECT_EQ(time.All().size(), 3U);  // two of mail, one of other
  schedule.Finished(time.starts.begin()->first);
  EXPECT_EQ(schedule.Due(time.now()).size(), 1U);
}

TEST(Schedule, HoldsBackAboveTheCeilingInAll) {
  Schedule schedule("office", {.in_flight = 7, .in_flight_per_host = 8});
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(20), kStart);
  time.RunUntil(kStart + 10s, /*keep_running=*/true);
  EXPECT_EQ(schedule.Stats().in_flight, 7U);
}

TEST(Schedule, SpreadsProbeNowOverTheTimeAsked) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply({SmtpService("mail", 25, 1h), SmtpService("mail", 587, 1h)}, kStart);
  time.RunUntil(kStart + 2h);
  time.starts.clear();
  const Time asked = time.now();
  schedule.ProbeNow([](const Service& service) { return service.key.port == 25; }, 5, 110s, asked);
  time.RunUntil(asked + 110s);
  const auto& starts = time.starts[{"mail", v1::PROTOCOL_SMTP, 25}];
  ASSERT_EQ(starts.size(), 5U);
  EXPECT_EQ(time.starts.size(), 1U);
  for (std::size_t i = 0; i < starts.size(); ++i) {  // one in each fifth
    EXPECT_GE(starts[i] - asked, static_cast<int>(i) * 22s);
    EXPECT_LE(starts[i] - asked, static_cast<int>(i + 1) * 22s);
  }
}

TEST(Schedule, KeepsTheFloorBetweenProbesWhateverIsAsked) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(1), kStart);
  time.RunUntil(kStart + 5min);
  for (int i = 0; i < 100; ++i) {
    schedule.ProbeNow([](const Service&) { return true; }, 1'000'000, 0ms, time.now());
    time.RunUntil(time.now() + 1s);
  }
  const auto all = time.All();
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GE(all[i] - all[i - 1], kMinSpacing);
  EXPECT_GE(all.size(), 20U);
}

TEST(Schedule, AnswersAnImmediateProbeNowAtOnce) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply({SmtpService("mail", 25, 1h)}, kStart);
  time.RunUntil(kStart + 10s);
  time.starts.clear();
  schedule.ProbeNow([](const Service&) { return true; }, 1, 0ms, time.now());
  EXPECT_EQ(schedule.NextWake(), time.now());
}

TEST(Schedule, BeginsARoundOfEverything) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply(Endpoints(20, 1h), kStart);
  time.RunUntil(kStart + 2h + 10s);
  time.starts.clear();
  const Time moved = time.now();
  schedule.BeginRound(2s, moved);
  time.RunUntil(moved + 2s + kMinSpacing);
  EXPECT_EQ(time.starts.size(), 20U);
  for (const auto& [key, starts] : time.starts) EXPECT_EQ(starts.size(), 1U);
  EXPECT_GT(time.All().back() - time.All().front(), 1s);
}

TEST(Schedule, ProbesAgainInARoundWhatWasBeingProbed) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.Apply({SmtpService("mail", 25, 1h)}, kStart);
  time.RunUntil(kStart + 10s, /*keep_running=*/true);
  time.starts.clear();
  schedule.BeginRound(0s, time.now());
  time.RunUntil(time.now() + 10s, /*keep_running=*/true);
  EXPECT_TRUE(time.starts.empty());
  const Time finished = time.now();
  schedule.Finished({"mail", v1::PROTOCOL_SMTP, 25});
  time.RunUntil(finished + 1s);
  EXPECT_EQ(time.All().size(), 1U);
}

TEST(Schedule, BeginsNoMoreProbesAMinuteThanAllowed) {
  Schedule schedule("office");
  Simulation time(schedule, kStart);
  schedule.SetStartsPerMinute(10);
  schedule.Apply(Endpoints(100, 60s), kStart);
  time.RunUntil(kStart + 5min);
  EXPECT_EQ(time.Within(60s), 10U);
  EXPECT_GE(time.All().size(), 50U);
  schedule.SetStartsPerMinute(0);
  time.RunUntil(time.now() + 2min);
  EXPECT_GT(time.Within(60s), 50U);
}

TEST(Schedule, IgnoresAFinishItNeverBegan) {
  Schedule schedule("office");
  schedule.Finished({"nobody", v1::PROTOCOL_SMTP, 25});
  EXPECT_EQ(schedule.Stats().in_flight, 0U);
}

}  // namespace
}  // namespace relaywatch::agent
