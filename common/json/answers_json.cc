#include "common/json/answers_json.h"

#include <fmt/format.h>

#include <utility>

#include "common/clock.h"
#include "common/facts/describe.h"
#include "common/json/facts_json.h"
#include "common/taxonomy.h"

namespace relaywatch {
namespace {

using Json = nlohmann::ordered_json;

Json TimeJson(const google::protobuf::Timestamp& time) {
  const std::string text = TimeText(time);
  return text.empty() ? Json(nullptr) : Json(text);
}

template <typename Stages>
Json TimingsJson(const Stages& stage_us) {
  Json timings = Json::object();
  double total = 0;
  for (int i = 0; i < static_cast<int>(kStageCount); ++i) {
    const double us = i < stage_us.size() ? stage_us[i] : 0;
    total += us;
    timings[std::string(Label(StageAt(static_cast<std::size_t>(i))))] =
        us > 0 ? Json(us / 1000) : Json(nullptr);
  }
  timings["total"] = total / 1000;
  return timings;
}

Json BucketJson(const v1::HistoryBucket& bucket) {
  Json verdicts = Json::object();
  for (const v1::VerdictCount& count : bucket.verdicts()) {
    verdicts[std::string(Label(count.verdict()))] = count.results();
  }
  Json stages = Json::object();
  for (const v1::StageLatency& stage : bucket.stages()) {
    stages[std::string(Label(stage.stage()))] = {{"results", stage.results()},
                                                 {"p50", stage.p50_us() / 1000},
                                                 {"p90", stage.p90_us() / 1000},
                                                 {"p99", stage.p99_us() / 1000}};
  }
  return {{"start", TimeJson(bucket.start())},
          {"results", bucket.results()},
          {"verdicts", std::move(verdicts)},
          {"auth_judged", bucket.auth_judged()},
          {"auth_mismatches", bucket.auth_mismatches()},
          {"stages_ms", std::move(stages)}};
}

Json VerdictJson(const v1::ProfileVerdict& verdict) {
  Json also = Json::array();
  for (const int each : verdict.also()) also.push_back(Label(static_cast<v1::Verdict>(each)));
  return {{"profile", verdict.profile()},
          {"verdict", Label(verdict.verdict())},
          {"stage", Label(verdict.stage())},
          {"also", std::move(also)},
          {"summary", verdict.summary()}};
}

template <typename Texts>
Json TextsJson(const Texts& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

Json JudgementJson(const v1::ProfileVerdict& verdict) {
  Json judgement = VerdictJson(verdict);
  judgement["outlook_codes"] = TextsJson(verdict.outlook_codes());
  judgement["advice"] = TextsJson(verdict.advice());
  judgement["since"] = TimeJson(verdict.since());
  judgement["since_or_before"] = verdict.since_or_before();
  return judgement;
}

template <typename Witnesses>
Json WitnessesJson(const Witnesses& witnesses) {
  Json list = Json::array();
  for (const v1::Witness& witness : witnesses) {
    list.push_back({{"location", witness.location()},
                    {"agent", witness.agent()},
                    {"measured_at", TimeJson(witness.measured_at())},
                    {"outcome", witness.outcome()},
                    {"words", witness.words()}});
  }
  return list;
}

Json SideJson(const v1::Side& side) {
  Json verdicts = Json::array();
  for (const v1::ProfileVerdict& verdict : side.verdicts())
    verdicts.push_back(VerdictJson(verdict));
  return {{"location", side.location()},
          {"probed", side.probed()},
          {"judgements", std::move(verdicts)},
          {"only_here",
           {{"plain", TextsJson(side.only_plain())}, {"tls", TextsJson(side.only_tls())}}}};
}

}  // namespace

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return FormatRfc3339(time.seconds() * 1000 + time.nanos() / 1'000'000);
}

std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json AnswerJson(const v1::MatrixCell& cell) {
  const bool is_probed = cell.verdict() != v1::VERDICT_UNSPECIFIED;
  return {{"location", cell.location()},
          {"endpoint", cell.endpoint()},
          {"host", cell.host()},
          {"protocol", Label(cell.protocol())},
          {"port", cell.port()},
          {"profile", cell.profile()},
          {"verdict", is_probed ? Json(Label(cell.verdict())) : Json(nullptr)},
          {"stage", Label(cell.stage())},
          {"measured_at", TimeJson(cell.measured_at())},
          {"since", TimeJson(cell.since())},
          {"since_or_before", cell.since_or_before()},
          {"summary", cell.summary()}};
}

Json AnswerJson(const v1::HistoryRow& row, const v1::HistoryResponse& answer) {
  Json buckets = Json::array();
  for (const v1::HistoryBucket& bucket : row.buckets()) buckets.push_back(BucketJson(bucket));
  return {{"location", row.location()},
          {"endpoint", row.endpoint()},
          {"host", row.host()},
          {"protocol", Label(row.protocol())},
          {"port", row.port()},
          {"profile", row.profile()},
          {"level", answer.level()},
          {"step_s", static_cast<double>(answer.step().seconds()) +
                         static_cast<double>(answer.step().nanos()) / 1e9},
          {"since", TimeJson(answer.since())},
          {"until", TimeJson(answer.until())},
          {"buckets", std::move(buckets)}};
}

Json AnswerJson(const v1::ComparedService& service, const v1::CompareResponse& answer) {
  Json sides = Json::array();
  for (const v1::Side& side : service.sides()) sides.push_back(SideJson(side));
  return {{"endpoint", service.endpoint()},
          {"host", service.host()},
          {"protocol", Label(service.protocol())},
          {"port", service.port()},
          {"from", TimeJson(answer.from())},
          {"to", TimeJson(answer.to())},
          {"cause", service.cause()},
          {"words", service.words()},
          {"sides", std::move(sides)},
          {"evidence",
           {{"here", WitnessesJson(service.here())},
            {"elsewhere", WitnessesJson(service.elsewhere())}}}};
}

Json AnswerJson(const v1::ExplainResponse& answer) {
  Json judgements = Json::array();
  for (const v1::ProfileVerdict& verdict : answer.verdicts()) {
    judgements.push_back(JudgementJson(verdict));
  }
  Json json = {{"location", answer.location()},
               {"endpoint", answer.endpoint()},
               {"target",
                {{"host", answer.host()},
                 {"port", answer.port()},
                 {"protocol", Label(answer.protocol())},
                 {"security", Label(EffectiveSecurity(answer.facts()))}}},
               {"agent", answer.agent()},
               {"epoch", fmt::format("{:016x}", answer.epoch())},
               {"seq", answer.seq()},
               {"outcome", answer.outcome()},
               {"address", answer.address().empty() ? Json(nullptr) : Json(answer.address())},
               {"started_at", TimeJson(answer.measured_at())},
               {"since", TimeJson(answer.since())},
               {"since_or_before", answer.since_or_before()}};
  json.update(FactsJson(answer.facts()));
  json["timings_ms"] = TimingsJson(answer.stage_us());
  json["judgements"] = std::move(judgements);
  json["findings"] = TextsJson(answer.findings());
  json["comparison"] = {{"cause", answer.cause()},
                        {"words", answer.cause_words()},
                        {"elsewhere", WitnessesJson(answer.elsewhere())}};
  json["last_change"] = answer.has_last_change() ? AnswerJson(answer.last_change()) : Json(nullptr);
  return json;
}

Json AnswerJson(const v1::ExportRow& row,
                const google::protobuf::RepeatedPtrField<std::string>& profiles) {
  Json json = {{"agent", row.agent()},
               {"epoch", fmt::format("{:016x}", row.epoch())},
               {"seq", row.seq()},
               {"time", FormatRfc3339(row.time_ms())},
               {"location", row.location()},
               {"endpoint", row.endpoint()},
               {"host", row.host()},
               {"port", row.port()},
               {"protocol", Label(row.protocol())},
               {"security", Label(row.security())},
               {"address", row.address().empty() ? Json(nullptr) : Json(row.address())},
               {"outcome", row.outcome()},
               {"stage", Label(row.stage())},
               {"moved", row.moved()},
               {"captive_portal", row.captive_portal()},
               {"lane", row.backlog() ? "backlog" : "live"},
               {"timings_ms", TimingsJson(row.stage_us())}};
  if (profiles.empty()) return json;
  Json verdicts = Json::object();
  for (int i = 0; i < profiles.size() && i < row.verdicts_size(); ++i) {
    verdicts[profiles[i]] = Label(row.verdicts(i));
  }
  json["verdicts"] = std::move(verdicts);
  return json;
}

}  // namespace relaywatch
