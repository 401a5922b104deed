// Names to numbers: what a filter selects, and how it is told that a name is nobody's.
#include "collector/query/selection.h"

#include <gmock/gmock.h>

#include "tests/unit/query/query_fixture.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SelectionTest : public QueryTest {
 protected:
  std::string Refusal(const v1::Filter& filter) {
    const auto selection = Select(filter, Ask());
    EXPECT_EQ(selection.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(selection.status().message());
  }
};

TEST_F(SelectionTest, AnEmptyFilterTakesEverything) {
  Series("office");
  Series("home", 25);
  const auto selection = Select({}, Ask());
  ASSERT_TRUE(selection.ok()) << selection.status();
  EXPECT_THAT(selection->Ids(), ElementsAre(1, 2));
  EXPECT_FALSE(selection->epochs);
}

TEST_F(SelectionTest, EveryPartOfTheFilterNarrows) {
  Series("office");
  Series("home");
  Series("home", 25);
  v1::Filter filter;
  filter.add_locations("home");
  filter.add_endpoints("corp-mail");
  filter.add_ports(587);
  const auto selection = Select(filter, Ask());
  ASSERT_TRUE(selection.ok()) << selection.status();
  EXPECT_THAT(selection->Ids(), ElementsAre(2));
}

TEST_F(SelectionTest, NamesAreBounded) {
  Series("office");
  Epoch("o1");
  v1::Filter ports, profiles, agents, twice;
  for (int i = 0; i <= kMaxNames; ++i) {
    ports.add_ports(587);
    profiles.add_profiles("outlook");
    agents.add_agents("o1");
  }
  EXPECT_EQ(Refusal(ports), "port: at most 256 are named");
  EXPECT_EQ(Refusal(profiles), "profile: at most 256 are named");
  EXPECT_EQ(Refusal(agents), "agent: at most 256 are named");
  for (int i = 0; i < 3; ++i) twice.add_profiles("outlook");
  const auto selection = Select(twice, Ask());
  ASSERT_TRUE(selection.ok()) << selection.status();
  EXPECT_EQ(selection->profiles.size(), 1U);
  v1::Filter endless;
  endless.add_locations(std::string(50'000, 'x'));
  EXPECT_LT(Refusal(endless).size(), 500U);
}

TEST_F(SelectionTest, ANameThatNobodyHasIsAnErrorThatListsThoseThereAre) {
  Series("branch");
  Epoch("office-1");
  v1::Filter location;
  location.add_locations("offce");
  EXPECT_EQ(Refusal(location),
            "location \"offce\" is not known; there are: branch, home, office, vpn");
  v1::Filter endpoint;
  endpoint.add_endpoints("corp");
  EXPECT_EQ(Refusal(endpoint), "endpoint \"corp\" is not known; there are: corp-mail");
  v1::Filter port;
  port.add_ports(465);
  EXPECT_EQ(Refusal(port), "port \"465\" is not known; there are: 25, 587");
  v1::Filter profile;
  profile.add_profiles("pine");
  EXPECT_THAT(Refusal(profile), HasSubstr("profile \"pine\" is not known; there are: "));
  EXPECT_THAT(Refusal(profile), HasSubstr("thunderbird"));
  v1::Filter agent;
  agent.add_agents("office-2");
  EXPECT_EQ(Refusal(agent), "agent \"office-2\" is not known; there are: office-1");
}

TEST_F(SelectionTest, ALongListOfNamesIsCutShort) {
  for (int i = 0; i < 30; ++i) Series("branch-" + std::to_string(i));
  v1::Filter filter;
  filter.add_locations("nowhere");
  EXPECT_THAT(Refusal(filter), HasSubstr(" and 13 more"));
}

TEST_F(SelectionTest, AnAgentMayBeCalledByItsHostName) {
  const std::int64_t epoch = Epoch("3f2c");
  Epoch("other");
  hosts_ = {{"3f2c", "laptop-7"}, {"unknown", "laptop-8"}};
  v1::Filter filter;
  filter.add_agents("laptop-7");
  const auto selection = Select(filter, Ask());
  ASSERT_TRUE(selection.ok()) << selection.status();
  EXPECT_THAT(*selection->epochs, ElementsAre(epoch));
  filter.set_agents(0, "laptop-8");
  EXPECT_THAT(Refusal(filter), HasSubstr("laptop-8"));
}

TEST_F(SelectionTest, AConfiguredEndpointIsKnownBeforeItsFirstResult) {
  v1::Filter filter;
  filter.add_endpoints("corp-mail");
  const auto selection = Select(filter, Ask());
  ASSERT_TRUE(selection.ok()) << selection.status();
  EXPECT_TRUE(selection->series.empty());
}

TEST_F(SelectionTest, ATimeThatIsNoneIsRefused) {
  v1::Filter filter;
  *filter.mutable_since() = At(60);
  *filter.mutable_until() = At(60);
  EXPECT_THAT(std::string(RangeOf(filter, {}).status().message()),
              HasSubstr("is not before until"));
  filter.mutable_since()->set_seconds(-5);
  EXPECT_FALSE(RangeOf(filter, {}).ok());
  filter.mutable_since()->set_seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(RangeOf(filter, {}).ok());
}

}  // namespace
}  // namespace relaywatch::collector::testing
