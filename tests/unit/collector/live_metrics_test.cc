#include "collector/serve/live_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <string>

#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LiveMetricsTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const ProfileSet> BuiltIn() {
    std::vector<StoredProfile> profiles;
    for (const auto& profile : judge::BuiltInProfiles()) {
      profiles.push_back({static_cast<std::int64_t>(profiles.size()) + 1, profile});
    }
    return std::make_shared<const ProfileSet>(std::move(profiles));
  }
  static std::shared_ptr<const v1::Plan> OneEndpoint() {
    v1::Plan plan;
    v1::Endpoint& endpoint = *plan.add_endpoints();
    endpoint.set_name("corp-mail");
    endpoint.add_services()->set_port(587);
    endpoint.add_profiles("outlook");
    plan.add_locations()->set_name("office");
    return std::make_shared<const v1::Plan>(std::move(plan));
  }
  std::shared_ptr<const JudgedOutcome> Judged(v1::Facts facts) {
    auto outcome = std::make_shared<JudgedOutcome>();
    outcome->id = ++last_outcome_;
    outcome->facts = std::move(facts);
    outcome->profiles = profiles_;
    for (const auto& stored : profiles_->all()) {
      outcome->judgements.push_back(judge::Judge(outcome->facts, stored.profile));
    }
    return outcome;
  }
  static SeriesKey Key(const std::string& location, const std::string& endpoint = "corp-mail") {
    return {location, endpoint, "mail.example.com", v1::PROTOCOL_SMTP, v1::SECURITY_STARTTLS,
            587,      ""};
  }
  std::string Text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  prometheus::Registry registry_;
  std::shared_ptr<const ProfileSet> profiles_ = BuiltIn();
  std::int64_t last_outcome_ = 0;
};

constexpr const char* kOffice =
    R"({endpoint="corp-mail",location="office",port="587",profile="outlook")";

TEST_F(LiveMetricsTest, KeysOfThePlanExistAtZero) {
  LiveMetrics live(registry_);
  live.Use(OneEndpoint(), profiles_);
  EXPECT_THAT(Text(), HasSubstr(std::string("auth_judged_total") + kOffice + "} 0"));
  EXPECT_THAT(Text(), HasSubstr(std::string("auth_mismatches_total") + kOffice + "} 0"));
  EXPECT_THAT(Text(), HasSubstr(std::string("probes_total") + kOffice + ",verdict=\"ok\"} 0"));
  EXPECT_THAT(Text(), Not(HasSubstr("thunderbird")));  // the endpoint lists outlook alone
}

TEST_F(LiveMetricsTest, ShowsNothingBeforeItIsPublished) {
  LiveMetrics live(registry_);
  live.Use(OneEndpoint(), profiles_);
  LiveKey& key = *live.Find(Key("office"));
  const std::uint32_t stages[] = {100, 0, 7'000};
  live.Add(key, stages);
  live.Count(key, Judged(SubmissionFacts({})), 1);
  EXPECT_THAT(Text(), HasSubstr(std::string("auth_mismatches_total") + kOffice + "} 0"));
  live.Publish();
  EXPECT_THAT(Text(), HasSubstr(std::string("auth_mismatches_total") + kOffice + "} 1"));
  EXPECT_THAT(Text(), HasSubstr("stage_duration_seconds_count{endpoint=\"corp-mail\","
                                "location=\"office\",port=\"587\",stage=\"resolve\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("stage_duration_seconds_bucket{endpoint=\"corp-mail\",location="
                                "\"office\",port=\"587\",stage=\"banner\",le=\"0.005\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("stage_duration_seconds_bucket{endpoint=\"corp-mail\",location="
                                "\"office\",port=\"587\",stage=\"banner\",le=\"0.01\"} 1"));
  EXPECT_THAT(Text(), Not(HasSubstr("stage=\"connect\"")));  // it did not run
  live.Publish();                                            // nothing new: nothing changes
  EXPECT_THAT(Text(), HasSubstr(std::string("auth_mismatches_total") + kOffice + "} 1"));
}

TEST_F(LiveMetricsTest, ReachabilityFailuresAreNoDenominators) {
  LiveMetrics live(registry_);
  live.Use(OneEndpoint(), profiles_);
  live.Count(*live.Find(Key("office")), Judged(TimeoutFacts()), 5);
  live.Publish();
  EXPECT_THAT(Text(), HasSubstr(std::string("auth_judged_total") + kOffice + "} 0"));
  EXPECT_THAT(Text(),
              HasSubstr(std::string("probes_total") + kOffice + ",verdict=\"connect_timeout\"} 5"));
}

TEST_F(LiveMetricsTest, RelayStateIsOneHot) {
  LiveMetrics live(registry_);
  live.Use(OneEndpoint(), profiles_);
  LiveKey& key = *live.Find(Key("office"));
  v1::Facts facts = SubmissionFacts({});
  live.Show(key, *Judged(facts));
  const std::string anonymous =
      R"(relay_state{endpoint="corp-mail",identity="anonymous",location="office",port="587",state=)";
  EXPECT_THAT(Text(), HasSubstr(anonymous + "\"refused\"} 1"));
  facts.mutable_anonymous()->mutable_foreign()->set_state(v1::CELL_STATE_ACCEPTED);
  live.Show(key, *Judged(facts));
  EXPECT_THAT(Text(), HasSubstr(anonymous + "\"accepted\"} 1"));
  EXPECT_THAT(Text(), HasSubstr(anonymous + "\"refused\"} 0"));
  live.Show(key, *Judged(TimeoutFacts()));
  EXPECT_THAT(Text(), HasSubstr(anonymous + "\"blocked\"} 1"));
  facts.clear_anonymous();
  live.Show(key, *Judged(facts));
  EXPECT_THAT(Text(), HasSubstr(anonymous + "\"untested\"} 1"));
}

TEST_F(LiveMetricsTest, TheCertificateStaysWhileTheServerIsAway) {
  LiveMetrics live(registry_);
  live.Use(OneEndpoint(), profiles_);
  LiveKey& key = *live.Find(Key("office"));
  v1::Facts facts = SubmissionFacts({});
  facts.mutable_tls()->mutable_certificate()->set_not_after(1'234'567);
  live.Show(key, *Judged(facts));
  live.Show(key, *Judged(TimeoutFacts()));
  EXPECT_THAT(Text(), HasSubstr("relaywatch_certificate_expiry_timestamp_seconds{endpoint=\"corp-"
                                "mail\",port=\"587\"} 1234567"));
}

TEST_F(LiveMetricsTest, AnEndpointOutsideThePlanGetsTheBuiltInProfiles) {
  LiveMetrics live(registry_);
  live.Use(OneEndpoint(), profiles_);
  live.Find(Key("office", "gone"));
  EXPECT_THAT(Text(), HasSubstr(R"(endpoint="gone",location="office",port="587",profile="k9")"));
}

TEST_F(LiveMetricsTest, AboveTheBoundDetailIsDroppedAndCounted) {
  LiveMetrics live(registry_, 40);
  live.Use(OneEndpoint(), profiles_);
  for (const char* location : {"a", "b", "c", "d"}) {
    LiveKey& key = *live.Find(Key(location, "gone"));
    const std::uint32_t stages[] = {100};
    live.Add(key, stages);
    live.Count(key, Judged(SubmissionFacts({})), 1);
    live.Show(key, *Judged(SubmissionFacts({})));
  }
  live.Publish();
  EXPECT_LE(live.series(), 40u + v1::Verdict_ARRAYSIZE);
  EXPECT_THAT(Text(), Not(HasSubstr("series_dropped_total 0")));
  EXPECT_THAT(Text(), Not(HasSubstr("location=\"d\"")));
}

}  // namespace
}  // namespace relaywatch::collector::testing
