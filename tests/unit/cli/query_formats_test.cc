// What the collector's answers look like, in every form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/compare_command.h"
#include "cli/explain_command.h"
#include "cli/export_command.h"
#include "cli/filter_options.h"
#include "cli/history_command.h"
#include "common/json/answers_json.h"

namespace relaywatch::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kTenPm = 1'795'384'800;  // 2026-11-22T22:00:00Z

v1::HistoryBucket BucketOf(std::int64_t minutes, v1::Verdict verdict, std::uint64_t results,
                           std::uint64_t mismatches) {
  v1::HistoryBucket bucket;
  bucket.mutable_start()->set_seconds(kTenPm + minutes * 60);
  bucket.set_results(results);
  bucket.set_auth_judged(results);
  bucket.set_auth_mismatches(mismatches);
  if (results == 0) return bucket;
  v1::VerdictCount& count = *bucket.add_verdicts();
  count.set_verdict(verdict);
  count.set_results(results);
  v1::StageLatency& connect = *bucket.add_stages();
  connect.set_stage(v1::STAGE_CONNECT);
  connect.set_results(results);
  connect.set_p50_us(1200);
  connect.set_p90_us(2500);
  connect.set_p99_us(40'000);
  return bucket;
}

v1::HistoryResponse TwoHours() {
  v1::HistoryResponse answer;
  answer.set_level("five_minutes");
  answer.mutable_step()->set_seconds(1800);
  answer.mutable_since()->set_seconds(kTenPm);
  answer.mutable_until()->set_seconds(kTenPm + 7200);
  v1::HistoryRow& row = *answer.add_rows();
  row.set_location("office");
  row.set_endpoint("corp-mail");
  row.set_host("mail.example.com");
  row.set_protocol(v1::PROTOCOL_SMTP);
  row.set_port(587);
  row.set_profile("outlook");
  *row.add_buckets() = BucketOf(0, v1::VERDICT_OK, 30, 0);
  *row.add_buckets() = BucketOf(30, v1::VERDICT_UNSPECIFIED, 0, 0);
  *row.add_buckets() = BucketOf(60, v1::VERDICT_AUTH_MISMATCH, 24, 24);
  v1::VerdictCount& rest = *row.mutable_buckets(2)->add_verdicts();
  rest.set_verdict(v1::VERDICT_OK);
  rest.set_results(6);
  row.mutable_buckets(2)->set_results(30);
  return answer;
}

TEST(HistoryText, ShowsAtAGlanceWhenTheVerdictChanged) {
  EXPECT_EQ(
      HistoryText(TwoHours()),
      "2026-11-22T22:00:00.000Z to 2026-11-23T00:00:00.000Z, 30m a line, from the 5-minute "
      "results\n"
      "(latency: the stages' medians together, and the stage with the slowest hundredth)\n"
      "\n"
      "office corp-mail:587 outlook\n"
      "   from              results  verdict             mismatch  latency\n"
      "   2026-11-22 22:00  30       ok                  0 %       1.2 ms, connect p99 40.0\n"
      "   2026-11-22 22:30  none                         -\n"
      ">  2026-11-22 23:00  30       auth_mismatch 80 %  100 %     1.2 ms, connect p99 40.0\n");
  EXPECT_EQ(HistoryText({}), "nothing has been probed\n");
}

TEST(HistoryCsv, HasARecordABucket) {
  const std::string csv = HistoryCsv(TwoHours());
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
  EXPECT_THAT(csv, HasSubstr("2026-11-22T23:00:00.000Z,1800,five_minutes,30,auth_mismatch,"
                             "auth_mismatch=24 ok=6,24,24,,,,1.200,2.500,40.000,"));
}

TEST(HistoryJson, TellsLevelAndStep) {
  const v1::HistoryResponse answer = TwoHours();
  const auto json = nlohmann::json::parse(Dump(AnswerJson(answer.rows(0), answer)));
  EXPECT_EQ(json["level"], "five_minutes");
  EXPECT_EQ(json["step_s"], 1800);
  EXPECT_EQ(json["buckets"][2]["verdicts"]["ok"], 6);
  EXPECT_EQ(json["buckets"][0]["stages_ms"]["connect"]["p90"], 2.5);
  EXPECT_TRUE(json["buckets"][1]["stages_ms"].empty());
}

v1::Witness WitnessOf(const char* location, const char* agent, const char* words) {
  v1::Witness witness;
  witness.set_location(location);
  witness.set_agent(agent);
  witness.mutable_measured_at()->set_seconds(kTenPm);
  witness.set_words(words);
  return witness;
}

v1::ProfileVerdict VerdictOf(const char* profile, v1::Verdict verdict) {
  v1::ProfileVerdict judged;
  judged.set_profile(profile);
  judged.set_verdict(verdict);
  judged.mutable_since()->set_seconds(kTenPm);
  return judged;
}

v1::CompareResponse Stripped() {
  v1::CompareResponse answer;
  answer.mutable_from()->set_seconds(kTenPm - 600);
  answer.mutable_to()->set_seconds(kTenPm);
  v1::ComparedService& service = *answer.add_services();
  service.set_endpoint("corp-mail");
  service.set_host("mail.example.com");
  service.set_protocol(v1::PROTOCOL_SMTP);
  service.set_port(587);
  service.set_cause("network_path");
  service.set_words("STARTTLS is stripped on the way from home-isp; office and vpn see it");
  for (const char* location : {"office", "home-isp"}) {
    v1::Side& side = *service.add_sides();
    side.set_location(location);
    side.set_probed(true);
  }
  *service.mutable_sides(0)->add_verdicts() = VerdictOf("outlook", v1::VERDICT_OK);
  *service.mutable_sides(1)->add_verdicts() = VerdictOf("outlook", v1::VERDICT_STARTTLS_MISSING);
  service.mutable_sides(0)->add_only_plain("STARTTLS");
  *service.add_here() = WitnessOf("home-isp", "home-1", "STARTTLS is missing");
  *service.add_elsewhere() = WitnessOf("office", "office-1", "STARTTLS is offered");
  return answer;
}

TEST(CompareText, StatesTheCauseThenTheEvidence) {
  EXPECT_EQ(CompareText(Stripped()),
            "2026-11-22T21:50:00.000Z to 2026-11-22T22:00:00.000Z\n"
            "\n"
            "corp-mail:587 (mail.example.com)\n"
            "  The network on the way: STARTTLS is stripped on the way from home-isp; office and "
            "vpn see it\n"
            "   profile  office  home-isp\n"
            "*  outlook  ok      starttls_missing\n"
            "  only at office, before TLS: STARTTLS\n"
            "  evidence\n"
            "    - home-isp (home-1, 2026-11-22T22:00:00.000Z): STARTTLS is missing\n"
            "    - office (office-1, 2026-11-22T22:00:00.000Z): STARTTLS is offered\n");
  EXPECT_THAT(CompareText({}), HasSubstr("no service"));
}

TEST(CompareText, APlaceThatDidNotLookHasNoVerdict) {
  v1::CompareResponse answer = Stripped();
  answer.mutable_services(0)->mutable_sides(1)->set_probed(false);
  answer.mutable_services(0)->mutable_sides(1)->clear_verdicts();
  EXPECT_THAT(CompareText(answer), HasSubstr("outlook  ok      not probed"));
}

TEST(CompareForms, MachinesGetCauseAndBothVerdicts) {
  EXPECT_THAT(CompareCsv(Stripped()),
              HasSubstr("corp-mail,mail.example.com,587,smtp,outlook,office,ok,home-isp,"
                        "starttls_missing,network_path,"));
  const v1::CompareResponse answer = Stripped();
  const auto json = nlohmann::json::parse(Dump(AnswerJson(answer.services(0), answer)));
  EXPECT_EQ(json["cause"], "network_path");
  EXPECT_EQ(json["evidence"]["here"][0]["agent"], "home-1");
  EXPECT_EQ(json["sides"][0]["only_here"]["plain"][0], "STARTTLS");
}

v1::ExplainResponse Hidden() {
  v1::ExplainResponse answer;
  answer.set_location("office");
  answer.set_endpoint("corp-mail");
  answer.set_host("mail.example.com");
  answer.set_protocol(v1::PROTOCOL_SMTP);
  answer.set_port(587);
  answer.set_agent("office-1");
  answer.set_epoch(0x4d);
  answer.set_seq(17);
  answer.mutable_measured_at()->set_seconds(kTenPm);
  answer.set_address("192.0.2.1");
  answer.mutable_since()->set_seconds(kTenPm - 3600);
  v1::Facts& facts = *answer.mutable_facts();
  facts.set_protocol(v1::PROTOCOL_SMTP);
  facts.set_stage(v1::STAGE_EHLO2);
  facts.mutable_greeting()->set_code(220);
  facts.mutable_greeting()->set_text("mail.example.com ESMTP");
  answer.add_stage_us(0);
  answer.add_stage_us(1500);
  *answer.add_verdicts() = VerdictOf("outlook", v1::VERDICT_AUTH_NOT_OFFERED);
  answer.mutable_verdicts(0)->set_summary("The server offers no login.");
  answer.mutable_verdicts(0)->add_advice("Ask the mail admin.");
  answer.mutable_verdicts(0)->add_outlook_codes("0x800CCC80");
  *answer.add_verdicts() = VerdictOf("thunderbird", v1::VERDICT_AUTH_NOT_OFFERED);
  answer.mutable_verdicts(1)->set_since_or_before(true);
  answer.set_cause("no_difference");
  answer.set_cause_words("office and vpn see the same");
  *answer.add_elsewhere() = WitnessOf("vpn", "vpn-1", "STARTTLS is offered");
  return answer;
}

TEST(ExplainText, IsWhatAHelpDeskReadsOut) {
  const std::string text = ExplainText(Hidden());
  EXPECT_THAT(text, HasSubstr("corp-mail:587 (mail.example.com) from office: 0 of 2 client "
                              "profiles can send\n"
                              "  measured 2026-11-22T22:00:00.000Z by office-1 at 192.0.2.1\n"));
  EXPECT_THAT(text, HasSubstr("auth_not_offered  The server offers no login. (Outlook shows "
                              "0x800CCC80)"));
  EXPECT_THAT(text, HasSubstr("220 mail.example.com ESMTP"));
  EXPECT_THAT(text, HasSubstr("1.5 ms (connect 1.5)"));
  EXPECT_THAT(text, HasSubstr("- Ask the mail admin."));
  EXPECT_THAT(text, HasSubstr("outlook: auth_not_offered since 2026-11-22T22:00:00.000Z\n"));
  EXPECT_THAT(text, HasSubstr("thunderbird: auth_not_offered since 2026-11-22T22:00:00.000Z or "
                              "before\n"));
  EXPECT_THAT(text, HasSubstr("No difference: office and vpn see the same"));
  EXPECT_THAT(text, HasSubstr("- vpn (vpn-1, "));
}

TEST(ExplainForms, MachinesGetTheDocumentOfAProbeAndMore) {
  const auto json = nlohmann::json::parse(Dump(AnswerJson(Hidden())));
  EXPECT_EQ(json["target"]["port"], 587);
  EXPECT_EQ(json["epoch"], "000000000000004d");
  EXPECT_EQ(json["banner"], "mail.example.com ESMTP");
  EXPECT_EQ(json["relay"]["anonymous"]["own"]["state"], "untested");
  EXPECT_EQ(json["timings_ms"]["connect"], 1.5);
  EXPECT_EQ(json["timings_ms"]["tls"], nullptr);
  EXPECT_EQ(json["judgements"][0]["advice"][0], "Ask the mail admin.");
  EXPECT_EQ(json["comparison"]["elsewhere"][0]["location"], "vpn");
  EXPECT_THAT(ExplainCsv(Hidden()),
              HasSubstr("office-1,2026-11-22T22:00:00.000Z,outlook,auth_not_offered,,0x800CCC80,"));
}

v1::ExportBatch TwoResults() {
  v1::ExportBatch batch;
  batch.add_profiles("outlook");
  for (int i = 1; i <= 2; ++i) {
    v1::ExportRow& row = *batch.add_rows();
    row.set_agent("office-1");
    row.set_epoch(0x4d);
    row.set_seq(static_cast<std::uint64_t>(i));
    row.set_time_ms(kTenPm * 1000);
    row.set_location("office, second floor");
    row.set_port(587);
    row.set_backlog(true);
    row.add_stage_us(0);
    row.add_stage_us(1500);
    row.add_verdicts(v1::VERDICT_AUTH_MISMATCH);
  }
  return batch;
}

std::string Exported(Output output, bool with_rows = true) {
  ExportFormat format(output);
  std::string text = format.Batch(with_rows ? TwoResults() : v1::ExportBatch());
  if (with_rows) text += format.Batch(TwoResults());
  return text + format.End();
}

TEST(ExportFormat, IsOneArrayInJson) {
  EXPECT_EQ(nlohmann::json::parse(Exported(Output::kJson)).size(), 4U);
  EXPECT_EQ(Exported(Output::kJson, false), "[]\n");
}

TEST(ExportFormat, IsOneObjectALineElse) {
  for (const Output output : {Output::kNdjson, Output::kText}) {
    const std::string lines = Exported(output);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
    const auto first = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
    EXPECT_EQ(first["verdicts"]["outlook"], "auth_mismatch");
    EXPECT_EQ(first["lane"], "backlog");
    EXPECT_EQ(first["timings_ms"]["total"], 1.5);
    EXPECT_EQ(Exported(output, false), "");
  }
}

TEST(ExportFormat, HasOneHeaderInCsv) {
  const std::string csv = Exported(Output::kCsv);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 5);
  EXPECT_THAT(csv, HasSubstr("quit_us,verdict_outlook\n"
                             "office-1,000000000000004d,1,2026-11-22T22:00:00.000Z,"
                             "\"office, second floor\",,,587,"));
  EXPECT_THAT(csv, HasSubstr(",,1500,,,,,,,,,,auth_mismatch\n"));
}

TEST(FilterOf, TakesRelativeTimesAndNamesTheOptionThatIsWrong) {
  FilterOptions options;
  options.locations = {"office"};
  options.since = "2h";
  const auto filter = FilterOf(options, kTenPm * 1000);
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(filter->since().seconds(), kTenPm - 7200);
  EXPECT_FALSE(filter->has_until());
  options.until = "soon";
  EXPECT_THAT(std::string(FilterOf(options, kTenPm * 1000).status().message()),
              HasSubstr("--until: \"soon\""));
}

}  // namespace
}  // namespace relaywatch::cli
