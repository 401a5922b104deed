#include "agent/plan/adopted_plan.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::agent {
namespace {

v1::Plan PlanFor(const std::string& host, std::uint64_t revision = 1) {
  v1::Plan plan;
  plan.set_revision(revision);
  v1::Endpoint& endpoint = *plan.add_endpoints();
  endpoint.set_name("corp");
  endpoint.set_host(host);
  endpoint.mutable_interval()->set_seconds(60);
  for (const std::uint32_t port : {22, 587}) {
    v1::Service& service = *endpoint.add_services();
    service.set_protocol(v1::PROTOCOL_SMTP);
    service.set_security(v1::SECURITY_STARTTLS);
    service.set_port(port);
  }
  return plan;
}

const ServiceKey kSubmission{"corp", v1::PROTOCOL_SMTP, 587};
const probe::ForbiddenAddress kLoopback{"smtp.corp.de", "127.0.0.1 is a loopback address"};

TEST(AdoptedPlan, IsInForceAsFarAsThePolicyAllows) {
  AdoptedPlan adopted;
  EXPECT_TRUE(adopted.Adopt(PlanFor("smtp.corp.de"), Policy()).problems.empty());
  EXPECT_EQ(adopted.revision(), 1U);
  ASSERT_EQ(adopted.services().size(), 1U);
  EXPECT_EQ(adopted.services()[0].key, kSubmission);
  const v1::PlanReport report = adopted.Report();
  EXPECT_EQ(report.revision(), 1U);
  ASSERT_EQ(report.refusals_size(), 1);
  EXPECT_EQ(report.refusals(0).port(), 22U);
}

TEST(AdoptedPlan, StaysWhereTheNextOneIsNotSound) {
  AdoptedPlan adopted;
  adopted.Adopt(PlanFor("smtp.corp.de"), Policy());
  EXPECT_FALSE(adopted.Adopt(PlanFor("no host", 2), Policy()).problems.empty());
  EXPECT_EQ(adopted.revision(), 1U);
  EXPECT_EQ(adopted.services().size(), 1U);
}

TEST(AdoptedPlan, IsCheckedAgainUnderAnotherPolicy) {
  AdoptedPlan adopted;
  adopted.Adopt(PlanFor("smtp.corp.de"), Policy());
  PolicyConfig config;
  config.ports = {22};
  adopted.Recheck(Policy(config));
  ASSERT_EQ(adopted.services().size(), 1U);
  EXPECT_EQ(adopted.services()[0].key.port, 22);
  EXPECT_EQ(adopted.Report().refusals(0).port(), 587U);
}

TEST(AdoptedPlan, ReportsWhatProbesMeetUntilTheyMeetItNoMore) {
  AdoptedPlan adopted;
  adopted.Adopt(PlanFor("smtp.corp.de"), Policy());
  EXPECT_FALSE(adopted.Met(kSubmission, {}));
  EXPECT_TRUE(adopted.Met(kSubmission, {kLoopback}));
  EXPECT_FALSE(adopted.Met(kSubmission, {kLoopback}));  // no news
  EXPECT_EQ(adopted.refused_probes(), 2U);
  ASSERT_EQ(adopted.Report().refusals_size(), 2);
  EXPECT_EQ(adopted.Report().refusals(1).port(), 587U);
  EXPECT_EQ(adopted.Report().refusals(1).reason(), "smtp.corp.de: 127.0.0.1 is a loopback address");
  EXPECT_TRUE(adopted.Met(kSubmission, {}));
  EXPECT_EQ(adopted.Report().refusals_size(), 1);
  EXPECT_EQ(adopted.refused_probes(), 2U);
}

TEST(AdoptedPlan, TakesAddressesInAnotherOrderForTheSame) {
  AdoptedPlan adopted;
  adopted.Adopt(PlanFor("smtp.corp.de"), Policy());
  const probe::ForbiddenAddress other{"smtp.corp.de", "::1 is a loopback address"};
  EXPECT_TRUE(adopted.Met(kSubmission, {kLoopback, other}));
  EXPECT_FALSE(adopted.Met(kSubmission, {other, kLoopback}));
}

TEST(AdoptedPlan, ForgetsWhatWasMetByServicesThatWent) {
  AdoptedPlan adopted;
  adopted.Adopt(PlanFor("smtp.corp.de"), Policy());
  adopted.Met(kSubmission, {kLoopback});
  adopted.Adopt(v1::Plan(), Policy());
  EXPECT_EQ(adopted.Report().refusals_size(), 0);
}

TEST(AdoptedPlan, ReportsNoMoreThanFitsIntoAMessage) {
  v1::Plan plan = PlanFor("smtp.corp.de");
  plan.mutable_endpoints(0)->clear_services();
  for (std::uint32_t port = 1000; port < 5000; ++port) {
    v1::Service& service = *plan.mutable_endpoints(0)->add_services();
    service.set_protocol(v1::PROTOCOL_SMTP);
    service.set_security(v1::SECURITY_NONE);
    service.set_port(port);
  }
  AdoptedPlan adopted;
  EXPECT_TRUE(adopted.Adopt(plan, Policy()).problems.empty());
  EXPECT_EQ(static_cast<std::size_t>(adopted.Report().refusals_size()), kMaxReportedRefusals);
  EXPECT_LT(adopted.Report().ByteSizeLong(), 128U * 1024);
}

}  // namespace
}  // namespace relaywatch::agent
