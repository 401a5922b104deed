// Every output form of one and the same probe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/csv.h"
#include "cli/document.h"
#include "cli/matrix_command.h"
#include "cli/printer.h"
#include "cli/summary.h"
#include "cli/text_report.h"

namespace relaywatch::cli {
namespace {

using std::chrono::microseconds;

using ::testing::HasSubstr;

// A submission server that offers PLAIN alone inside TLS and refuses to relay.
JudgedReport PlainOnlySubmission() {
  probe::Report report;
  report.address = "192.0.2.1";
  report.wall_ms = 1'795'387'563'120;
  v1::Facts& facts = report.facts;
  facts.set_protocol(v1::PROTOCOL_SMTP);
  facts.set_security(v1::SECURITY_AUTO);
  facts.set_port(587);
  facts.set_stage(v1::STAGE_QUIT);
  facts.set_ending(v1::ENDING_QUIT);
  facts.mutable_greeting()->set_code(220);
  facts.mutable_greeting()->set_text("mail.example.com ESMTP");
  for (const char* line : {"mail.example.com", "STARTTLS"}) facts.mutable_plain()->add_lines(line);
  facts.mutable_starttls()->set_offered(true);
  facts.mutable_starttls()->mutable_reply()->set_code(220);
  facts.mutable_starttls()->mutable_reply()->set_enhanced("2.0.0");
  facts.mutable_starttls()->mutable_reply()->set_text("Ready to start TLS");
  facts.mutable_tls()->set_version("TLSv1.3");
  facts.mutable_tls()->set_cipher("TLS_AES_256_GCM_SHA384");
  facts.mutable_tls()->set_sni("mail.example.com");
  facts.mutable_tls()->mutable_certificate()->set_subject("CN=mail.example.com");
  facts.mutable_tls()->mutable_certificate()->add_names("mail.example.com");
  facts.mutable_tls()->mutable_certificate()->set_not_after(1'800'000'000);
  for (const char* line : {"mail.example.com", "AUTH PLAIN"}) {
    facts.mutable_tls_capabilities()->add_lines(line);
  }
  facts.mutable_anonymous()->mutable_own()->set_state(v1::CELL_STATE_ACCEPTED);
  v1::RelayCell& foreign = *facts.mutable_anonymous()->mutable_foreign();
  foreign.set_state(v1::CELL_STATE_REFUSED);
  foreign.set_at(v1::STAGE_RCPT);
  foreign.mutable_reply()->set_code(554);
  foreign.mutable_reply()->set_enhanced("5.7.1");
  foreign.mutable_reply()->set_text("Relay access denied");
  report.timings[StageIndex(v1::STAGE_CONNECT)] = microseconds(400);
  report.timings[StageIndex(v1::STAGE_TLS)] = microseconds(2'500);
  report.total = microseconds(9'120);
  report.transcript = {{.from = probe::TranscriptLine::From::kServer,
                        .at = microseconds(400),
                        .line = "220 mail.example.com ESMTP"}};
  const std::vector<const judge::ClientProfile*> profiles{judge::FindBuiltInProfile("outlook"),
                                                          judge::FindBuiltInProfile("thunderbird")};
  return JudgeReport({.host = "mail.example.com", .port = 587}, std::move(report), profiles);
}

TEST(Document, HasEveryPartOfTheContract) {
  const auto document = Document(PlainOnlySubmission());
  EXPECT_EQ(document["target"].dump(),
            R"({"host":"mail.example.com","port":587,"protocol":"smtp","security":"starttls"})");
  EXPECT_EQ(document["started_at"], "2026-11-22T22:46:03.120Z");
  EXPECT_EQ(document["stage"], "quit");
  EXPECT_EQ(document["ended"].dump(), R"({"how":"quit","detail":""})");
  EXPECT_EQ(document["auth"].dump(), R"({"plain":[],"tls":["PLAIN"]})");
  EXPECT_EQ(document["starttls"]["reply"].dump(),
            R"({"code":220,"enhanced":"2.0.0","text":"Ready to start TLS"})");
  EXPECT_EQ(document["tls"]["verified"], true);
  EXPECT_EQ(document["tls"]["certificate"]["not_after"], "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(document["login"].dump(),
            R"({"state":"untested","reason":"","mechanism":null,"reply":null})");
  EXPECT_EQ(document["relay"]["anonymous"]["own"].dump(),
            R"({"state":"accepted","at":null,"reply":null})");
  EXPECT_EQ(document["relay"]["anonymous"]["foreign"]["at"], "rcpt");
  EXPECT_EQ(document["relay"]["authenticated"]["own"]["state"], "untested");
  EXPECT_EQ(document["timings_ms"]["connect"], 0.4);
  EXPECT_EQ(document["timings_ms"]["mail"], nullptr);
  EXPECT_EQ(document["timings_ms"]["total"], 9.12);
  EXPECT_EQ(document["judgements"][0]["profile"], "outlook");
  EXPECT_EQ(document["judgements"][0]["verdict"], "auth_mismatch");
  EXPECT_EQ(document["judgements"][0]["outlook_codes"].dump(), R"(["0x800CCC80"])");
  EXPECT_EQ(document["judgements"][1]["verdict"], "ok");
  EXPECT_EQ(document["judgements"][1]["stage"], "");
  EXPECT_EQ(document["transcript"][0]["from"], "server");
}

TEST(Document, ShowsNothingSeenAsNullAndEmpty) {
  probe::Report report;
  report.facts.set_protocol(v1::PROTOCOL_SMTP);
  report.facts.set_security(v1::SECURITY_AUTO);
  report.facts.set_stage(v1::STAGE_CONNECT);
  report.facts.set_ending(v1::ENDING_ERROR);
  report.facts.set_failure(v1::FAILURE_CONNECT_REFUSED);
  const std::vector<const judge::ClientProfile*> profiles{judge::FindBuiltInProfile("outlook")};
  const auto document = Document(JudgeReport({"::1", 587}, std::move(report), profiles));
  EXPECT_EQ(document["target"]["host"], "::1");
  EXPECT_EQ(document["target"]["security"], "auto");
  for (const char* part : {"address", "banner", "egress_address", "tls"}) {
    EXPECT_EQ(document[part], nullptr) << part;
  }
  EXPECT_EQ(document["capabilities"].dump(), R"({"plain":[],"tls":[]})");
  EXPECT_EQ(document["starttls"].dump(), R"({"offered":false,"reply":null})");
  EXPECT_EQ(document["judgements"][0]["verdict"], "connect_refused");
  EXPECT_EQ(document["transcript"].dump(), "[]");
}

TEST(Document, TellsForHowLongAPopLoginOpensTheRelay) {
  JudgedReport judged = PlainOnlySubmission();
  EXPECT_EQ(Document(judged)["relay"]["pop_window_s"], nullptr);
  judged.report.pop_window = {.open = std::chrono::seconds(61)};
  EXPECT_EQ(Document(judged)["relay"]["pop_window_s"].dump(), R"({"open":61,"closed":null})");
  EXPECT_THAT(TextReport(judged), HasSubstr("relaying still open 61 s after that login"));
  judged.report.pop_window->closed = std::chrono::seconds(92);
  EXPECT_EQ(Document(judged)["relay"]["pop_window_s"].dump(), R"({"open":61,"closed":92})");
  EXPECT_THAT(TextReport(judged), HasSubstr("relaying closed again 61 to 92 s after that login"));
}

TEST(TextReport, SaysTheVerdictThenWhatWasSeenThenWhatToDo) {
  const std::string text = TextReport(PlainOnlySubmission());
  const auto verdict = text.find("1 of 2 client profiles can send from here");
  const auto seen = text.find("\nSeen\n");
  const auto advice = text.find("\nWhat to do\n");
  ASSERT_NE(advice, std::string::npos) << text;
  EXPECT_LT(verdict, seen);
  EXPECT_LT(seen, advice);
  EXPECT_THAT(text, HasSubstr("Outlook shows 0x800CCC80"));
  EXPECT_THAT(text, HasSubstr("none before TLS, PLAIN inside TLS"));
  EXPECT_THAT(text, HasSubstr("refused at rcpt: 554 5.7.1 Relay access denied"));
}

TEST(TextReport, TellsOnceWhatMeetsEveryProfile) {
  probe::Report report;
  report.facts.set_protocol(v1::PROTOCOL_SMTP);
  report.facts.set_stage(v1::STAGE_CONNECT);
  report.facts.set_failure(v1::FAILURE_CONNECT_REFUSED);
  std::vector<const judge::ClientProfile*> profiles;
  for (const auto& profile : judge::BuiltInProfiles()) profiles.push_back(&profile);
  const std::string text =
      TextReport(JudgeReport({"mail.example.com", 25}, std::move(report), profiles));
  EXPECT_THAT(text, HasSubstr("every profile  connect_refused"));
  EXPECT_EQ(text.find("connect_refused"), text.rfind("connect_refused")) << text;
}

TEST(TextReport, BreaksLinesAtOneHundredColumns) {
  JudgedReport judged = PlainOnlySubmission();
  judged.report.facts.mutable_greeting()->set_text(
      "word word word word word " + std::string(60, 'x') + " " + std::string(60, 'y'));
  std::size_t start = 0;
  const std::string text = TextReport(judged);
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    EXPECT_LE(end - start, 100U) << text.substr(start, end - start);
    start = end + 1;
  }
}

TEST(Csv, QuotesWhatNeedsIt) {
  const std::vector<std::string> fields{"", "a,b", "say \"hi\"", "two\nlines", "plain"};
  EXPECT_EQ(CsvRecord(fields), ",\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\n");
}

TEST(Csv, HasOneRecordAProfile) {
  const std::string header = CsvHeader();
  EXPECT_THAT(header, HasSubstr("profile,verdict,stage"));
  const std::string records = CsvRecords(PlainOnlySubmission());
  EXPECT_THAT(records, HasSubstr(",outlook,auth_mismatch,auth,0x800CCC80,9.120\n"));
  EXPECT_THAT(records, HasSubstr(",thunderbird,ok,,,9.120\n"));
}

TEST(Quantile, IsTheNearestRank) {
  EXPECT_EQ(Quantile({}, 0.5), 0);
  EXPECT_EQ(Quantile({7}, 0.99), 7);
  EXPECT_EQ(Quantile({4, 1, 3, 2}, 0.5), 2);
  EXPECT_EQ(Quantile({4, 1, 3, 2}, 1.0), 4);
  EXPECT_EQ(Quantile({4, 1, 3, 2}, 0.0), 1);
}

TEST(Summary, CountsVerdictsAndTimes) {
  Summary summary;
  summary.Add(PlainOnlySubmission());
  summary.Add(PlainOnlySubmission());
  const std::string text = summary.Text();
  EXPECT_THAT(text, HasSubstr("mail.example.com:587: 2 probes"));
  EXPECT_THAT(text, HasSubstr("2 auth_mismatch"));
  EXPECT_THAT(text, HasSubstr("9.12"));
}

// What a Printer writes for the given form.
std::string Printed(Output output, int reports, bool repeated = false) {
  std::FILE* file = std::tmpfile();
  Printer printer(output, repeated, file);
  for (int i = 0; i < reports; ++i) printer.Print(PlainOnlySubmission());
  printer.Finish();
  std::rewind(file);
  std::string text(1 << 20, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

TEST(Printer, WritesOneJsonArrayForAnyNumberOfReports) {
  for (int reports = 0; reports < 3; ++reports) {
    const auto array = nlohmann::json::parse(Printed(Output::kJson, reports));
    EXPECT_EQ(array.size(), static_cast<std::size_t>(reports));
  }
}

TEST(Printer, WritesOneObjectALine) {
  const std::string text = Printed(Output::kNdjson, 2);
  const std::size_t middle = text.find('\n');
  EXPECT_EQ(nlohmann::json::parse(text.substr(0, middle))["stage"], "quit");
  EXPECT_EQ(nlohmann::json::parse(text.substr(middle + 1))["stage"], "quit");
}

TEST(Printer, WritesTheCsvHeaderOnce) {
  const std::string text = Printed(Output::kCsv, 2);
  EXPECT_EQ(text.find("started_at"), text.rfind("started_at"));
}

TEST(Printer, EndsARepeatedRunWithItsSummary) {
  const std::string text = Printed(Output::kText, 3, /*repeated=*/true);
  EXPECT_THAT(text, HasSubstr("auth_mismatch (1)"));
  EXPECT_THAT(text, HasSubstr("--- mail.example.com:587: 3 probes"));
}

TEST(Printer, SurvivesTextThatIsNoUtf8) {
  JudgedReport judged = PlainOnlySubmission();
  judged.findings = {"bad \xff byte"};
  std::FILE* file = std::tmpfile();
  Printer printer(Output::kNdjson, false, file);
  printer.Print(judged);
  EXPECT_GT(std::ftell(file), 0);
  std::fclose(file);
}

v1::MatrixResponse TwoLocations() {
  v1::MatrixResponse response;
  const auto add = [&](const char* location, const char* profile, v1::Verdict verdict) {
    v1::MatrixCell& cell = *response.add_cells();
    cell.set_location(location);
    cell.set_endpoint("corp-mail");
    cell.set_port(587);
    cell.set_protocol(v1::PROTOCOL_SMTP);
    cell.set_profile(profile);
    cell.set_verdict(verdict);
    cell.mutable_measured_at()->set_seconds(1'795'387'563);
    cell.mutable_since()->set_seconds(1'795'384'800);
  };
  add("office", "outlook", v1::VERDICT_AUTH_NOT_OFFERED);
  add("office", "thunderbird", v1::VERDICT_OK);
  add("vpn", "thunderbird", v1::VERDICT_OK);
  return response;
}

TEST(Matrix, IsATableOfLocationsAndProfiles) {
  EXPECT_EQ(MatrixText(TwoLocations()),
            "location  endpoint       outlook           thunderbird  since\n"
            "office    corp-mail:587  auth_not_offered  ok           2026-11-22T22:00:00Z\n"
            "vpn       corp-mail:587  -                 ok           2026-11-22T22:00:00Z\n");
  EXPECT_EQ(MatrixText({}), "no results yet\n");
}

TEST(Matrix, WhatWasNotProbedIsToldSo) {
  v1::MatrixResponse response = TwoLocations();
  v1::MatrixCell& cell = *response.mutable_cells(2);
  cell.clear_verdict();
  cell.clear_measured_at();
  cell.clear_since();
  EXPECT_THAT(MatrixText(response),
              HasSubstr("vpn       corp-mail:587  -                 not probed   -\n"));
  EXPECT_EQ(nlohmann::json::parse(MatrixJson(response, Output::kJson))[2]["verdict"], nullptr);
  EXPECT_THAT(MatrixCsv(response), HasSubstr("thunderbird,,,,0\n"));
}

TEST(Matrix, ARunThatMayBeOlderIsToldSo) {
  v1::MatrixResponse response = TwoLocations();
  for (v1::MatrixCell& cell : *response.mutable_cells()) cell.set_since_or_before(true);
  EXPECT_THAT(MatrixText(response), HasSubstr("ok           before 2026-11-22T22:00:00Z\n"));
}

TEST(Matrix, HasMachineForms) {
  EXPECT_THAT(MatrixCsv(TwoLocations()), HasSubstr("office,corp-mail,,smtp,587,outlook,"));
  EXPECT_EQ(nlohmann::json::parse(MatrixJson(TwoLocations(), Output::kJson)).size(), 3U);
  const std::string lines = MatrixJson(TwoLocations(), Output::kNdjson);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
}

}  // namespace
}  // namespace relaywatch::cli
