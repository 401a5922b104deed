// Hostile messages: each is refused for its reason, and what agents really send is not.
#include "collector/ingest/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

using ::testing::HasSubstr;

TEST(Validate, AcceptsWhatAgentsSend) {
  EXPECT_FALSE(Validate(HelloOf(1).hello()));
  EXPECT_FALSE(ValidateFrame(BatchOf(1, 1, 200).batch()));
  EXPECT_FALSE(Validate(PathTo(1, "office")));
  v1::Outcome outcome;
  *outcome.mutable_facts() = SubmissionFacts({"LOGIN", "PLAIN"});
  EXPECT_FALSE(Validate(outcome));
  *outcome.mutable_facts() = TimeoutFacts();
  EXPECT_FALSE(Validate(outcome));
  EXPECT_TRUE(IsSaneResult(ResultOf(1, 1)));
  EXPECT_FALSE(Validate(v1::AgentStatus()));
}

TEST(Validate, AcceptsAPathWithoutAnAddress) {
  v1::Path path = PathTo(1, "unknown");
  path.clear_address();
  EXPECT_FALSE(Validate(path));
}

struct PathCase {
  const char* name;
  std::function<void(v1::Path&)> spoil;
};

class BadPath : public ::testing::TestWithParam<PathCase> {};

TEST_P(BadPath, IsRefused) {
  v1::Path path = PathTo(1, "office");
  GetParam().spoil(path);
  const auto rejection = Validate(path);
  ASSERT_TRUE(rejection);
  EXPECT_EQ(rejection->reason, rejection::kPath);
}

const PathCase kBadPaths[] = {
    {"EmptyLocation", [](auto& p) { p.clear_location(); }},
    {"LocationWithABreak", [](auto& p) { p.set_location("office\"\n"); }},
    {"LongLocation", [](auto& p) { p.set_location(std::string(64, 'a')); }},
    {"EndpointWithABlank", [](auto& p) { p.set_endpoint("corp mail"); }},
    {"EmptyHost", [](auto& p) { p.clear_host(); }},
    {"HostWithASlash", [](auto& p) { p.set_host("mail/../etc"); }},
    {"AddressThatIsAName", [](auto& p) { p.set_address("mail.example.com"); }},
    {"PortZero", [](auto& p) { p.set_port(0); }},
    {"PortTooHigh", [](auto& p) { p.set_port(65'536); }},
    {"NoProtocol", [](auto& p) { p.set_protocol(v1::PROTOCOL_UNSPECIFIED); }},
    {"UnknownProtocol", [](auto& p) { p.set_protocol(static_cast<v1::Protocol>(99)); }},
    {"UnknownSecurity", [](auto& p) { p.set_security(static_cast<v1::Security>(-1)); }},
};
INSTANTIATE_TEST_SUITE_P(Table, BadPath, ::testing::ValuesIn(kBadPaths),
                         [](const auto& tested) { return std::string(tested.param.name); });

struct FactsCase {
  const char* name;
  std::function<void(v1::Facts&)> spoil;
  const char* field;
};

class BadFacts : public ::testing::TestWithParam<FactsCase> {};

TEST_P(BadFacts, AreRefusedByField) {
  v1::Outcome outcome;
  *outcome.mutable_facts() = SubmissionFacts({"LOGIN"});
  GetParam().spoil(*outcome.mutable_facts());
  const auto rejection = Validate(outcome);
  ASSERT_TRUE(rejection);
  EXPECT_EQ(rejection->reason, rejection::kOutcome);
  EXPECT_THAT(rejection->message, HasSubstr(GetParam().field));
}

const FactsCase kBadFacts[] = {
    {"UnknownStage", [](auto& f) { f.set_stage(static_cast<v1::Stage>(12)); }, "facts.stage"},
    {"NegativeStage", [](auto& f) { f.set_stage(static_cast<v1::Stage>(-1)); }, "facts.stage"},
    {"ControlCharacter", [](auto& f) { f.mutable_greeting()->set_text("a\x1b[2J"); },
     "greeting.text"},
    {"LongText", [](auto& f) { f.mutable_greeting()->set_text(std::string(2'049, 'a')); },
     "greeting.text"},
    {"UnknownCellState",
     [](auto& f) {
       f.mutable_anonymous()->mutable_foreign()->set_state(static_cast<v1::CellState>(9));
     },
     "anonymous.foreign.state"},
    {"UnknownNote", [](auto& f) { f.add_notes(static_cast<v1::Note>(70)); }, "notes"},
    {"CapabilityWithNul", [](auto& f) { f.mutable_plain()->add_lines(std::string("A\0B", 3)); },
     "plain.lines"},
    {"TooLarge",
     [](auto& f) {
       for (int i = 0; i < 40; ++i) f.mutable_plain()->add_lines(std::string(2'000, 'a'));
     },
     "bytes"},
};
INSTANTIATE_TEST_SUITE_P(Table, BadFacts, ::testing::ValuesIn(kBadFacts),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Validate, RefusesAnOutcomeWithoutFacts) {
  EXPECT_EQ(Validate(v1::Outcome())->reason, rejection::kOutcome);
}

struct FrameCase {
  const char* name;
  std::function<void(v1::Batch&)> spoil;
};

class BadFrame : public ::testing::TestWithParam<FrameCase> {};

TEST_P(BadFrame, IsRefused) {
  v1::AgentMessage message = BatchOf(1, 10, 5);
  GetParam().spoil(*message.mutable_batch());
  const auto rejection = ValidateFrame(message.batch());
  ASSERT_TRUE(rejection);
  EXPECT_EQ(rejection->reason, rejection::kSequence);
}

void Gap(v1::Batch& batch, std::uint64_t first, std::uint64_t last) {
  v1::Gap& gap = *batch.add_gaps();
  gap.set_first_seq(first);
  gap.set_last_seq(last);
  gap.set_reason(v1::GAP_REASON_AGE);
}

const FrameCase kBadFrames[] = {
    {"NoEpoch", [](auto& b) { b.clear_epoch(); }},
    {"NoLane", [](auto& b) { b.clear_lane(); }},
    {"UnknownLane", [](auto& b) { b.set_lane(static_cast<v1::Lane>(5)); }},
    {"SeqZero", [](auto& b) { b.set_first_seq(0); }},
    {"SeqThatWouldWrap", [](auto& b) { b.set_first_seq(UINT64_MAX); }},
    {"GapBackwards", [](auto& b) { Gap(b, 12, 11); }},
    {"GapBeforeTheBatch", [](auto& b) { Gap(b, 9, 9); }},
    {"GapsOverlap", [](auto& b) { Gap(b, 11, 13), Gap(b, 13, 14); }},
    {"GapsOutOfOrder", [](auto& b) { Gap(b, 14, 15), Gap(b, 11, 11); }},
    {"GapBehindAHole", [](auto& b) { Gap(b, 17, 18); }},
    {"GapThatWouldWrap", [](auto& b) { Gap(b, 11, UINT64_MAX); }},
    {"GapWithoutAReason",
     [](auto& b) {
       Gap(b, 11, 11);
       b.mutable_gaps(0)->clear_reason();
     }},
};
INSTANTIATE_TEST_SUITE_P(Table, BadFrame, ::testing::ValuesIn(kBadFrames),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(LastSeq, CountsResultsAndGaps) {
  v1::AgentMessage message = BatchOf(1, 10, 5);
  EXPECT_EQ(LastSeq(message.batch()), 14u);
  Gap(*message.mutable_batch(), 12, 111);
  EXPECT_EQ(LastSeq(message.batch()), 114u);
  EXPECT_FALSE(ValidateFrame(message.batch()));
  EXPECT_EQ(LastSeq(BatchOf(1, 10, 0).batch()), 9u);
}

TEST(IsSaneResult, RefusesImpossibleNumbers) {
  v1::Result negative = ResultOf(1, 1);
  negative.set_wall_ms(-1);
  EXPECT_FALSE(IsSaneResult(negative));
  v1::Result far = ResultOf(1, 1);
  far.set_wall_ms(INT64_MAX);
  EXPECT_FALSE(IsSaneResult(far));
  v1::Result boot = ResultOf(1, 1);
  boot.set_boot_ms(INT64_MIN);
  EXPECT_FALSE(IsSaneResult(boot));
  v1::Result slow = ResultOf(1, 1);
  slow.set_stage_us(0, UINT32_MAX);
  EXPECT_FALSE(IsSaneResult(slow));
  v1::Result many = ResultOf(1, 1);
  many.add_stage_us(1);
  EXPECT_FALSE(IsSaneResult(many));
  EXPECT_THAT(DescribeResult(many).message, HasSubstr("12 stages"));
}

TEST(Validate, RefusesAStatusWithAFreeTextLocation) {
  v1::AgentStatus status;
  status.set_location("my office, 2nd floor");
  EXPECT_EQ(Validate(status)->reason, rejection::kStatus);
}

TEST(Validate, RefusesAHelloThatCannotBe) {
  v1::AgentMessage hello = HelloOf(0);
  EXPECT_EQ(Validate(hello.hello())->reason, rejection::kSequence);
  hello = HelloOf(1);
  hello.mutable_hello()->set_version("0.1\n");
  EXPECT_EQ(Validate(hello.hello())->reason, rejection::kStatus);
  hello = HelloOf(1);
  for (int i = 0; i < 300; ++i) hello.mutable_hello()->add_epochs()->set_epoch(5);
  EXPECT_THAT(Validate(hello.hello())->message, HasSubstr("301 epochs"));
}

}  // namespace
}  // namespace relaywatch::collector::testing
