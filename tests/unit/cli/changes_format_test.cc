#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/changes_command.h"

namespace relaywatch::cli {
namespace {

using ::testing::HasSubstr;

v1::Change ChangeAt(std::uint64_t id, const std::string& location) {
  v1::Change change;
  change.set_id(id);
  change.set_incident(12);
  change.set_scope("global");
  change.set_incident_summary("corp-mail changed for office and vpn: LOGIN no longer offered");
  change.set_location(location);
  change.set_endpoint("corp-mail");
  change.set_port(587);
  change.set_protocol(v1::PROTOCOL_SMTP);
  change.set_track("served");
  change.set_state("confirmed");
  change.add_kinds("auth_offer");
  change.add_before()->add_lines("auth_tls=LOGIN PLAIN");
  change.add_after()->add_lines("auth_tls=PLAIN");
  change.add_differences("auth_tls: LOGIN PLAIN -> PLAIN");
  change.set_summary("LOGIN no longer offered after STARTTLS");
  change.add_agents("a-1");
  change.add_agents("a-2");
  change.mutable_since()->set_seconds(1'800'000'000);
  change.mutable_decided()->set_seconds(1'800'000'026);
  change.mutable_told()->set_seconds(1'800'000'026);
  change.set_open(true);
  return change;
}

TEST(ChangesText, TellsChangesWithOneCauseTogether) {
  v1::ChangesResponse response;
  *response.add_changes() = ChangeAt(13, "vpn");
  v1::Change& other = *response.add_changes();
  other = ChangeAt(9, "home");
  other.set_incident(9);
  other.mutable_resolved()->set_seconds(1'800'000'100);
  other.set_resolved_by(11);
  *response.add_changes() = ChangeAt(12, "office");
  EXPECT_EQ(ChangesText(response),
            "global: corp-mail changed for office and vpn: LOGIN no longer offered\n"
            "  #13  2027-01-15T08:00:00.000Z  vpn: corp-mail:587 (smtp): LOGIN no longer offered "
            "after STARTTLS\n"
            "      auth_tls: LOGIN PLAIN -> PLAIN\n"
            "      confirmed 2027-01-15T08:00:26.000Z, seen by a-1, a-2\n"
            "  #12  2027-01-15T08:00:00.000Z  office: corp-mail:587 (smtp): LOGIN no longer "
            "offered after STARTTLS\n"
            "      auth_tls: LOGIN PLAIN -> PLAIN\n"
            "      confirmed 2027-01-15T08:00:26.000Z, seen by a-1, a-2\n"
            "\n"
            "#9  2027-01-15T08:00:00.000Z  home: corp-mail:587 (smtp): LOGIN no longer offered "
            "after STARTTLS\n"
            "    auth_tls: LOGIN PLAIN -> PLAIN\n"
            "    confirmed 2027-01-15T08:00:26.000Z, seen by a-1, a-2\n"
            "    back as it was since 2027-01-15T08:01:40.000Z (change 11)\n");
}

TEST(ChangesText, TellsWhatBecameOfAChange) {
  v1::ChangesResponse response;
  v1::Change& change = *response.add_changes();
  change = ChangeAt(5, "office");
  change.mutable_accepted()->set_seconds(1'800'000'200);
  EXPECT_THAT(ChangesText(response), HasSubstr("    accepted 2027-01-15T08:03:20.000Z\n"));
  change.clear_accepted();
  change.mutable_resolved()->set_seconds(1'800'000'000);
  change.set_resolved_by(5);
  EXPECT_THAT(ChangesText(response), HasSubstr("    brings back what was before\n"));
  change.clear_told();
  EXPECT_THAT(ChangesText(response), HasSubstr("kept quiet, since it changes too often"));
  change.set_informational(true);
  EXPECT_THAT(ChangesText(response), HasSubstr("for information"));
  EXPECT_EQ(ChangesText({}), "no changes\n");
}

TEST(ChangesJson, HoldsEveryPartOfEveryChange) {
  v1::ChangesResponse response;
  *response.add_changes() = ChangeAt(12, "office");
  v1::ChangeEvidence& evidence = *response.mutable_changes(0)->add_evidence();
  evidence.set_agent("a-1");
  evidence.set_outcome(4);
  const auto all = nlohmann::json::parse(ChangesJson(response, Output::kJson));
  ASSERT_EQ(all.size(), 1u);
  const auto& change = all[0];
  EXPECT_EQ(change.at("id"), 12);
  EXPECT_EQ(change.at("kinds"), nlohmann::json::array({"auth_offer"}));
  EXPECT_EQ(change.at("before"), nlohmann::json::array({{"auth_tls=LOGIN PLAIN"}}));
  EXPECT_EQ(change.at("evidence")[0].at("outcome"), 4);
  EXPECT_EQ(change.at("since"), "2027-01-15T08:00:00.000Z");
  EXPECT_TRUE(change.at("resolved").is_null());
  EXPECT_TRUE(change.at("resolved_by").is_null());
  EXPECT_TRUE(change.at("accepted").is_null());
  EXPECT_TRUE(change.at("open"));
  EXPECT_THAT(ChangesJson(response, Output::kNdjson), ::testing::StartsWith("{\"id\":12,"));
}

TEST(ChangesCsv, HasOneRecordAChange) {
  v1::ChangesResponse response;
  *response.add_changes() = ChangeAt(12, "office");
  EXPECT_EQ(ChangesCsv(response),
            "id,incident,scope,state,location,endpoint,port,protocol,kinds,summary,before,after,"
            "agents,since,decided,open,resolved,accepted\n"
            "12,12,global,confirmed,office,corp-mail,587,smtp,auth_offer,LOGIN no longer offered "
            "after STARTTLS,auth_tls=LOGIN PLAIN,auth_tls=PLAIN,a-1 a-2,"
            "2027-01-15T08:00:00.000Z,2027-01-15T08:00:26.000Z,1,,\n");
}

}  // namespace
}  // namespace relaywatch::cli
