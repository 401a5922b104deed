#include "common/taxonomy.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace relaywatch {
namespace {

TEST(Taxonomy, SpellsLabelsAsTheContractDoes) {
  EXPECT_EQ(Label(v1::VERDICT_AUTH_MISMATCH), "auth_mismatch");
  EXPECT_EQ(Label(v1::VERDICT_POP_BEFORE_SMTP), "pop_before_smtp");
  EXPECT_EQ(Label(v1::STAGE_EHLO2), "ehlo2");
  EXPECT_EQ(Label(v1::PROTOCOL_SMTP), "smtp");
  EXPECT_EQ(Label(v1::SECURITY_STARTTLS), "starttls");
  EXPECT_EQ(Label(v1::ENDING_QUIT), "quit");
  EXPECT_EQ(Label(v1::FAILURE_SMUGGLED_BYTES), "smuggled_bytes");
  EXPECT_EQ(Label(v1::VERIFY_ERROR_NAME_MISMATCH), "name_mismatch");
  EXPECT_EQ(Label(v1::RELAY_EXPECTATION_REFUSED), "refused");
}

TEST(Taxonomy, LeavesTheUnspecifiedWithoutALabelButCallsACellUntested) {
  EXPECT_EQ(Label(v1::VERDICT_UNSPECIFIED), "");
  EXPECT_EQ(Label(v1::STAGE_UNSPECIFIED), "");
  EXPECT_EQ(Label(v1::FAILURE_UNSPECIFIED), "");
  EXPECT_EQ(Label(v1::VERIFY_ERROR_UNSPECIFIED), "");
  EXPECT_EQ(Label(v1::CELL_STATE_UNSPECIFIED), "untested");
  EXPECT_EQ(Label(v1::LOGIN_STATE_UNSPECIFIED), "untested");
}

TEST(Taxonomy, CallsANumberOfANewerPeerUnknown) {
  EXPECT_EQ(Label(static_cast<v1::Verdict>(9999)), "unknown");
  EXPECT_EQ(Label(static_cast<v1::Verdict>(-1)), "unknown");
}

TEST(Taxonomy, HasALabelOfItsOwnForEveryVerdict) {
  const std::regex shape("[a-z][a-z0-9_]*");
  std::set<std::string> labels;
  for (int value = 1; value <= v1::Verdict_MAX; ++value) {
    const std::string label(Label(static_cast<v1::Verdict>(value)));
    EXPECT_TRUE(std::regex_match(label, shape)) << label;
    EXPECT_TRUE(labels.insert(label).second) << label;
    EXPECT_EQ(ParseVerdict(label), static_cast<v1::Verdict>(value));
  }
}

TEST(Taxonomy, ParsesWhatItSpells) {
  EXPECT_EQ(ParseProtocol("imap"), v1::PROTOCOL_IMAP);
  EXPECT_EQ(ParseSecurity("tls"), v1::SECURITY_TLS);
  EXPECT_EQ(ParseRelayExpectation("accepted"), v1::RELAY_EXPECTATION_ACCEPTED);
}

TEST(Taxonomy, ParsesNothingElse) {
  for (const char* label : {"", "SMTP", "smtp ", "unspecified", "unknown", "PROTOCOL_SMTP"}) {
    EXPECT_EQ(ParseProtocol(label), std::nullopt) << label;
  }
  EXPECT_EQ(ParseVerdict("untested"), std::nullopt);
}

TEST(Taxonomy, CountsStagesInTheOrderOfTheDialogue) {
  EXPECT_EQ(StageIndex(v1::STAGE_RESOLVE), 0U);
  EXPECT_EQ(StageIndex(v1::STAGE_QUIT), kStageCount - 1);
  for (std::size_t i = 0; i < kStageCount; ++i) EXPECT_EQ(StageIndex(StageAt(i)), i);
}

}  // namespace
}  // namespace relaywatch
