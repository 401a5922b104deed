#include "agent/plan/plan.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace relaywatch::agent {
namespace {

v1::Plan GoodPlan() {
  v1::Plan plan;
  plan.set_revision(7);
  v1::Endpoint& endpoint = *plan.add_endpoints();
  endpoint.set_name("corp-mail");
  endpoint.set_host("smtp.example.com");
  endpoint.mutable_interval()->set_seconds(60);
  v1::Service& submission = *endpoint.add_services();
  submission.set_protocol(v1::PROTOCOL_SMTP);
  submission.set_port(587);
  submission.set_security(v1::SECURITY_STARTTLS);
  v1::Service& imaps = *endpoint.add_services();
  imaps.set_protocol(v1::PROTOCOL_IMAP);
  imaps.set_port(993);
  imaps.set_security(v1::SECURITY_TLS);
  endpoint.mutable_relay_test()->set_from("probe@example.com");
  endpoint.mutable_relay_test()->set_own("probe@example.com");
  endpoint.mutable_relay_test()->set_foreign("probe@example.net");
  v1::LocationExpectation& office = *endpoint.add_expect_relay();
  office.set_location("office");
  office.set_anonymous_foreign(v1::RELAY_EXPECTATION_ACCEPTED);
  v1::LocationExpectation& otherwise = *endpoint.add_expect_relay();
  otherwise.set_location("default");
  otherwise.set_anonymous_foreign(v1::RELAY_EXPECTATION_REFUSED);
  v1::LocationRule& rule = *plan.add_locations();
  rule.set_name("office");
  rule.set_address("10.0.0.0/8");
  return plan;
}

TEST(CheckPlan, ReadsServicesAndRules) {
  const CheckedPlan checked = CheckPlan(GoodPlan());
  EXPECT_TRUE(checked.problems.empty());
  EXPECT_EQ(checked.revision, 7U);
  ASSERT_EQ(checked.services.size(), 2U);
  const Service& submission = checked.services[0];
  EXPECT_EQ(submission.key, (ServiceKey{"corp-mail", v1::PROTOCOL_SMTP, 587}));
  EXPECT_EQ(submission.host, "smtp.example.com");
  EXPECT_EQ(submission.security, v1::SECURITY_STARTTLS);
  EXPECT_EQ(submission.interval, std::chrono::seconds(60));
  EXPECT_EQ(submission.relay_test.foreign, "probe@example.net");
  EXPECT_EQ(submission.expect_relay.At("office"), v1::RELAY_EXPECTATION_ACCEPTED);
  EXPECT_EQ(submission.expect_relay.At("vpn"), v1::RELAY_EXPECTATION_REFUSED);
  EXPECT_EQ(checked.locations.Match({.declared = "", .local_address = "10.1.2.3"}), "office");
}

TEST(CheckPlan, TakesAnEmptyPlan) { EXPECT_TRUE(CheckPlan(v1::Plan()).problems.empty()); }

struct Case {
  const char* name;
  std::function<void(v1::Plan&)> spoil;
  const char* endpoint;
  std::uint32_t port;
  const char* reason;
};

v1::Endpoint& First(v1::Plan& plan) { return *plan.mutable_endpoints(0); }

const Case kCases[] = {
    {"NamelessEndpoint", [](v1::Plan& plan) { First(plan).set_name(""); }, "", 0,
     "\"\" is not a name"},
    {"NameWithControlCharacters", [](v1::Plan& plan) { First(plan).set_name("a\r\nb"); }, "", 0,
     "\"a??b\" is not a name"},
    {"EndpointTwice", [](v1::Plan& plan) { *plan.add_endpoints() = GoodPlan().endpoints(0); },
     "corp-mail", 0, "the name is used twice"},
    {"NoHost", [](v1::Plan& plan) { First(plan).clear_host(); }, "corp-mail", 0,
     "\"\" is neither a host name nor an address"},
    {"HostThatIsAnOption", [](v1::Plan& plan) { First(plan).set_host("-oProxy"); }, "corp-mail", 0,
     "\"-oProxy\" is neither a host name nor an address"},
    {"HostWithPort", [](v1::Plan& plan) { First(plan).set_host("mail:25"); }, "corp-mail", 0,
     "\"mail:25\" is neither a host name nor an address"},
    {"IntervalBelowTheFloor",
     [](v1::Plan& plan) { First(plan).mutable_interval()->set_seconds(4); }, "corp-mail", 0,
     "the interval is not between 5 seconds and 24 hours"},
    {"NoInterval", [](v1::Plan& plan) { First(plan).clear_interval(); }, "corp-mail", 0,
     "the interval is not between 5 seconds and 24 hours"},
    {"IntervalThatOverflows",
     [](v1::Plan& plan) { First(plan).mutable_interval()->set_seconds(INT64_MAX); }, "corp-mail", 0,
     "the interval is not between 5 seconds and 24 hours"},
    {"LoginIntervalWithoutEnd",
     [](v1::Plan& plan) { First(plan).mutable_login_interval()->set_seconds(31 * 86'400); },
     "corp-mail", 0, "the login interval is longer than 30 days"},
    {"PortZero", [](v1::Plan& plan) { First(plan).mutable_services(0)->set_port(0); }, "corp-mail",
     0, "0 is not a port"},
    {"PortTooLarge", [](v1::Plan& plan) { First(plan).mutable_services(0)->set_port(65'536 + 25); },
     "corp-mail", 65'561, "65561 is not a port"},
    {"NoProtocol", [](v1::Plan& plan) { First(plan).mutable_services(0)->clear_protocol(); },
     "corp-mail", 587, "unknown protocol"},
    {"ProtocolOfTheFuture",
     [](v1::Plan& plan) {
       First(plan).mutable_services(0)->set_protocol(static_cast<v1::Protocol>(99));
     },
     "corp-mail", 587, "unknown protocol"},
    {"NoSecurity", [](v1::Plan& plan) { First(plan).mutable_services(0)->clear_security(); },
     "corp-mail", 587, "unknown security"},
    {"ServiceTwice", [](v1::Plan& plan) { *First(plan).add_services() = First(plan).services(0); },
     "corp-mail", 587, "the service is named twice"},
    {"SenderThatEndsTheLine",
     [](v1::Plan& plan) {
       First(plan).mutable_relay_test()->set_from("a@example.com>\r\nDATA\r\n");
     },
     "corp-mail", 0, "\"a@example.com>??DATA??\" is not a mail address"},
    {"RecipientWithoutDomain",
     [](v1::Plan& plan) { First(plan).mutable_relay_test()->set_foreign("postmaster"); },
     "corp-mail", 0, "\"postmaster\" is not a mail address"},
    {"ExpectationOfTheFuture",
     [](v1::Plan& plan) {
       First(plan).mutable_expect_relay(0)->set_anonymous_foreign(
           static_cast<v1::RelayExpectation>(99));
     },
     "corp-mail", 0, "unknown relay expectation"},
    {"RuleWithoutCondition", [](v1::Plan& plan) { plan.mutable_locations(0)->clear_address(); }, "",
     0, "location \"office\": the rule has no condition"},
    {"RuleWithoutNetwork",
     [](v1::Plan& plan) { plan.mutable_locations(0)->set_address("10.0.0.0/33"); }, "", 0,
     "location \"office\": a condition names no network such as 10.0.0.0/8"},
    {"RuleForNoKindOfInterface",
     [](v1::Plan& plan) { plan.mutable_locations(0)->set_interface_kind("carrier pigeon"); }, "", 0,
     "location \"office\": there is no such kind of interface"},
    {"TooManyServices",
     [](v1::Plan& plan) {
       for (int i = 0; i <= kMaxServices; ++i) First(plan).add_services();
     },
     "", 0, "more than 5000 services"},
    {"TooManyRules",
     [](v1::Plan& plan) {
       for (int i = 0; i < kMaxLocationRules; ++i) plan.add_locations();
     },
     "", 0, "more than 256 location rules"},
};

class CheckPlanRefuses : public testing::TestWithParam<Case> {};

TEST_P(CheckPlanRefuses, WithTheReason) {
  v1::Plan plan = GoodPlan();
  GetParam().spoil(plan);
  const CheckedPlan checked = CheckPlan(plan);
  ASSERT_FALSE(checked.problems.empty());
  EXPECT_EQ(checked.problems[0].endpoint(), GetParam().endpoint);
  EXPECT_EQ(checked.problems[0].port(), GetParam().port);
  EXPECT_EQ(checked.problems[0].reason(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(Cases, CheckPlanRefuses, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(CheckPlan, TellsEveryProblemButNotWithoutEnd) {
  v1::Plan plan = GoodPlan();
  for (int i = 0; i < 1000; ++i) *plan.add_endpoints() = plan.endpoints(0);
  const CheckedPlan checked = CheckPlan(plan);
  EXPECT_GT(checked.problems.size(), 10U);
  EXPECT_LE(checked.problems.size(), kMaxProblems);
}

}  // namespace
}  // namespace relaywatch::agent
