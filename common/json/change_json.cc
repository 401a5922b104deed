#include <utility>

#include "common/json/answers_json.h"
#include "common/taxonomy.h"

namespace relaywatch {
namespace {

using Json = nlohmann::ordered_json;

Json TimeOrNull(const google::protobuf::Timestamp& time) {
  std::string text = TimeText(time);
  return text.empty() ? Json(nullptr) : Json(std::move(text));
}

Json Strings(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  Json all = Json::array();
  for (const std::string& text : texts) all.push_back(text);
  return all;
}

Json Rules(const google::protobuf::RepeatedPtrField<v1::PolicyRule>& rules) {
  Json all = Json::array();
  for (const v1::PolicyRule& rule : rules) all.push_back(Strings(rule.lines()));
  return all;
}

Json Evidence(const v1::Change& change) {
  Json all = Json::array();
  for (const v1::ChangeEvidence& one : change.evidence()) {
    all.push_back(
        {{"agent", one.agent()}, {"time", TimeText(one.time())}, {"outcome", one.outcome()}});
  }
  return all;
}

}  // namespace

Json AnswerJson(const v1::Change& change) {
  return {{"id", change.id()},
          {"incident", change.incident() != 0 ? Json(change.incident()) : Json(nullptr)},
          {"scope", change.scope()},
          {"incident_summary", change.incident_summary()},
          {"location", change.location()},
          {"endpoint", change.endpoint()},
          {"port", change.port()},
          {"protocol", Label(change.protocol())},
          {"track", change.track()},
          {"state", change.state()},
          {"kinds", Strings(change.kinds())},
          {"informational", change.informational()},
          {"pool", change.pool()},
          {"summary", change.summary()},
          {"differences", Strings(change.differences())},
          {"before", Rules(change.before())},
          {"after", Rules(change.after())},
          {"agents", Strings(change.agents())},
          {"evidence", Evidence(change)},
          {"since", TimeText(change.since())},
          {"decided", TimeText(change.decided())},
          {"told", TimeOrNull(change.told())},
          {"open", change.open()},
          {"resolved", TimeOrNull(change.resolved())},
          {"resolved_by", change.resolved_by() != 0 ? Json(change.resolved_by()) : Json(nullptr)},
          {"accepted", TimeOrNull(change.accepted())}};
}

}  // namespace relaywatch
