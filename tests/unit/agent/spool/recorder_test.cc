#include "agent/spool/recorder.h"

#include <gtest/gtest.h>

#include <string>

namespace relaywatch::agent {
namespace {

using std::chrono::microseconds;

Service Submission() {
  Service service;
  service.key = {"corp-mail", v1::PROTOCOL_SMTP, 587};
  service.host = "smtp.example.com";
  service.security = v1::SECURITY_STARTTLS;
  return service;
}

probe::Report ReportWith(const std::string& capability) {
  probe::Report report;
  report.address = "192.0.2.1";
  report.wall_ms = 1'700'000'000'000;
  report.boot_ms = 5'000;
  report.facts.set_protocol(v1::PROTOCOL_SMTP);
  report.facts.set_port(587);
  report.facts.mutable_plain()->add_lines("smtp.example.com");
  report.facts.mutable_plain()->add_lines(capability);
  return report;
}

TEST(Recorder, NamesTheWholePath) {
  Recorder recorder;
  const Recorded recorded = recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN"));
  const v1::Path& path = *recorded.result.path;
  EXPECT_EQ(path.location(), "office");
  EXPECT_EQ(path.endpoint(), "corp-mail");
  EXPECT_EQ(path.host(), "smtp.example.com");
  EXPECT_EQ(path.protocol(), v1::PROTOCOL_SMTP);
  EXPECT_EQ(path.security(), v1::SECURITY_STARTTLS);
  EXPECT_EQ(path.port(), 587U);
  EXPECT_EQ(path.address(), "192.0.2.1");
  EXPECT_EQ(path.ref(), 0U);
}

TEST(Recorder, KeepsStageTimesWithoutTrailingZeros) {
  probe::Report report = ReportWith("AUTH LOGIN");
  report.timings[StageIndex(v1::STAGE_RESOLVE)] = microseconds(1);
  report.timings[StageIndex(v1::STAGE_BANNER)] = microseconds(250);
  const Recorded recorded = Recorder().Record(Submission(), "office", report);
  EXPECT_EQ(std::vector<std::uint32_t>(recorded.result.result.stage_us().begin(),
                                       recorded.result.result.stage_us().end()),
            (std::vector<std::uint32_t>{1, 0, 250}));
  EXPECT_EQ(recorded.result.result.wall_ms(), 1'700'000'000'000);
  EXPECT_EQ(recorded.result.result.boot_ms(), 5'000);
}

TEST(Recorder, TellsNewsOnlyWhenTheAnswerChanges) {
  Recorder recorder;
  EXPECT_TRUE(recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN")).changed);
  EXPECT_FALSE(recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN")).changed);
  EXPECT_TRUE(recorder.Record(Submission(), "office", ReportWith("AUTH PLAIN")).changed);
  EXPECT_TRUE(recorder.Record(Submission(), "vpn", ReportWith("AUTH PLAIN")).changed);
  Service other = Submission();
  other.key.port = 465;
  EXPECT_TRUE(recorder.Record(other, "vpn", ReportWith("AUTH PLAIN")).changed);
  EXPECT_FALSE(recorder.Record(Submission(), "vpn", ReportWith("AUTH PLAIN")).changed);
}

TEST(Recorder, TakesAnotherAddressOfAPoolForNoNews) {
  Recorder recorder;
  recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN"));
  probe::Report report = ReportWith("AUTH LOGIN");
  report.address = "192.0.2.2";
  const Recorded recorded = recorder.Record(Submission(), "office", report);
  EXPECT_FALSE(recorded.changed);
  EXPECT_EQ(recorded.result.path->address(), "192.0.2.2");
}

TEST(Recorder, SharesPathAndOutcomeOfUnchangedResults) {
  Recorder recorder;
  const auto first = recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN")).result;
  const auto second = recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN")).result;
  EXPECT_EQ(first.path, second.path);
  EXPECT_EQ(first.outcome, second.outcome);
}

TEST(Recorder, RemembersWhereAServiceWasProbedFrom) {
  Recorder recorder;
  EXPECT_EQ(recorder.LocationOf(Submission().key), "");
  recorder.Record(Submission(), "office", ReportWith("AUTH LOGIN"));
  EXPECT_EQ(recorder.LocationOf(Submission().key), "office");
  recorder.Keep({});
  EXPECT_EQ(recorder.LocationOf(Submission().key), "");
}

TEST(Recorder, BoundsWhatAHostileServerSends) {
  probe::Report report = ReportWith("AUTH LOGIN");
  for (int i = 0; i < 128; ++i) {
    report.facts.mutable_plain()->add_lines(std::string(1024, 'p') + std::to_string(i));
    report.facts.mutable_tls_capabilities()->add_lines(std::string(1024, 't') + std::to_string(i));
  }
  const auto recorded = Recorder().Record(Submission(), "office", report).result;
  EXPECT_LE(recorded.outcome->size(), kMaxOutcomeBytes);
  v1::Facts facts;
  ASSERT_TRUE(facts.ParseFromString(*recorded.outcome));
  ASSERT_EQ(facts.notes_size(), 1);
  EXPECT_EQ(facts.notes(0), v1::NOTE_TEXT_TRUNCATED);
  EXPECT_EQ(facts.plain().lines(1), "AUTH LOGIN");
}

TEST(Recorder, LeavesFactsWithinTheBoundAlone) {
  v1::Facts facts = ReportWith("AUTH LOGIN").facts;
  const std::string before = facts.SerializeAsString();
  BoundFacts(facts, kMaxOutcomeBytes);
  EXPECT_EQ(facts.SerializeAsString(), before);
}

}  // namespace
}  // namespace relaywatch::agent
