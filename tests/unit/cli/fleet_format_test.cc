#include "cli/fleet_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relaywatch::cli {
namespace {

using ::testing::HasSubstr;

v1::ListTokensResponse OneToken() {
  v1::ListTokensResponse response;
  v1::Token& token = *response.add_tokens();
  token.set_id("0123456789ab");
  token.set_uses(2);
  token.set_used(1);
  token.set_state(v1::TOKEN_STATE_VALID);
  token.mutable_created_at()->set_seconds(1'800'000'000);
  token.mutable_expires_at()->set_seconds(1'800'003'600);
  return response;
}

v1::ListAgentsResponse OneAgent() {
  v1::ListAgentsResponse response;
  v1::AgentInfo& agent = *response.add_agents();
  agent.set_agent("office-1");
  agent.set_location("office");
  agent.set_state("connected");
  agent.mutable_last_seen()->set_seconds(1'800'000'000);
  return response;
}

TEST(FleetFormat, ATokenAsTextIsTheTokenAlone) {
  v1::CreateTokenResponse token;
  token.set_id("id");
  token.set_token("rw1_x");
  EXPECT_EQ(Formatted(token, "office", Output::kText), "rw1_x\n");
  EXPECT_EQ(Formatted(token, "office", Output::kNdjson),
            R"({"id":"id","token":"rw1_x","location":"office","expires_at":null})"
            "\n");
  EXPECT_EQ(Formatted(token, "office", Output::kCsv),
            "id,token,location,expires_at\nid,rw1_x,office,\n");
}

TEST(FleetFormat, TokensInEveryForm) {
  EXPECT_EQ(Formatted(v1::ListTokensResponse(), Output::kText), "no tokens\n");
  EXPECT_EQ(Formatted(v1::ListTokensResponse(), Output::kJson), "[]\n");
  EXPECT_EQ(Formatted(OneToken(), Output::kText),
            "id            location  state  used  uses  created_at                expires_at\n"
            "0123456789ab  -         valid  1     2     2027-01-15T08:00:00.000Z  "
            "2027-01-15T09:00:00.000Z\n");
  EXPECT_EQ(Formatted(OneToken(), Output::kCsv),
            "id,location,state,used,uses,created_at,expires_at\n"
            "0123456789ab,,valid,1,2,2027-01-15T08:00:00.000Z,2027-01-15T09:00:00.000Z\n");
  EXPECT_THAT(Formatted(OneToken(), Output::kNdjson), HasSubstr(R"("state":"valid","used":1)"));
}

TEST(FleetFormat, AgentsInEveryForm) {
  EXPECT_EQ(Formatted(v1::ListAgentsResponse(), Output::kText), "no agents\n");
  EXPECT_THAT(Formatted(OneAgent(), Output::kText),
              HasSubstr("office-1  -     office    connected  2027-01-15T08:00:00.000Z  -"));
  EXPECT_THAT(Formatted(OneAgent(), Output::kCsv),
              HasSubstr("office-1,,office,connected,2027-01-15T08:00:00.000Z,,,,0.000,0,0,\n"));
  EXPECT_THAT(Formatted(OneAgent(), Output::kNdjson),
              HasSubstr(R"("certificate_not_after":null,"revoked_at":null)"));
}

}  // namespace
}  // namespace relaywatch::cli
