#include "collector/serve/http_api.h"

#include <chrono>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>

#include "collector/query/changes_answer.h"
#include "collector/query/compare_answer.h"
#include "collector/query/explain_answer.h"
#include "collector/query/history_answer.h"
#include "collector/serve/http_questions.h"
#include "common/json/answers_json.h"

namespace relaywatch::collector {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

ApiReply ErrorReply(const absl::Status& status) {
  return {HttpStatus(status.code()), Dump(Json{{"error", std::string(status.message())}}) + "\n",
          ""};
}

ApiReply Reply(const Json& items, std::string next_page_token = "") {
  return {200, Dump(items) + "\n", std::move(next_page_token)};
}

absl::StatusOr<ApiReply> TellMatrix(const v1::MatrixRequest& request, const QueryDeps& deps,
                                    const Inquiry& inquiry) {
  const auto answer = deps.matrix.Answer(request, inquiry);
  if (!answer.ok()) return answer.status();
  Json items = Json::array();
  for (const v1::MatrixCell& cell : answer->cells()) items.push_back(AnswerJson(cell));
  return Reply(items, answer->next_page_token());
}

absl::StatusOr<ApiReply> TellHistory(const v1::HistoryRequest& request, const Inquiry& inquiry) {
  const auto answer = AnswerHistory(request, inquiry);
  if (!answer.ok()) return answer.status();
  Json items = Json::array();
  for (const v1::HistoryRow& row : answer->rows()) items.push_back(AnswerJson(row, *answer));
  return Reply(items, answer->next_page_token());
}

absl::StatusOr<ApiReply> TellChanges(const v1::ChangesRequest& request, const Inquiry& inquiry) {
  const auto answer = AnswerChanges(request, inquiry);
  if (!answer.ok()) return answer.status();
  Json items = Json::array();
  for (const v1::Change& change : answer->changes()) items.push_back(AnswerJson(change));
  return Reply(items, answer->next_page_token());
}

absl::StatusOr<ApiReply> TellCompare(const v1::CompareRequest& request, const Inquiry& inquiry) {
  const auto answer = AnswerCompare(request, inquiry);
  if (!answer.ok()) return answer.status();
  Json items = Json::array();
  for (const auto& service : answer->services()) items.push_back(AnswerJson(service, *answer));
  return Reply(items);
}

absl::StatusOr<ApiReply> TellExplain(const v1::ExplainRequest& request, const Inquiry& inquiry) {
  const auto answer = AnswerExplain(request, inquiry);
  if (!answer.ok()) return answer.status();
  return Reply(Json::array({AnswerJson(*answer)}));
}

}  // namespace

absl::StatusOr<ApiReply> HttpApi::Ask(const Question& question) {
  if (under_way_.fetch_add(1) >= kAtOnce) {
    --under_way_;
    return absl::ResourceExhaustedError("enough questions are being answered: ask again");
  }
  const auto deadline = steady_clock::now() + kDefaultDeadline;
  const std::atomic<bool> is_unwanted{false};
  // The job's own, since it may still hold on to it when the answer is there.
  const auto promise = std::make_shared<std::promise<absl::StatusOr<ApiReply>>>();
  absl::Status taken = deps_.pool.Submit([&, promise](Desk& desk) {
    absl::StatusOr<ApiReply> reply = ApiReply();
    auto status = RunStep(deps_, desk, deadline, is_unwanted, [&](const Inquiry& inquiry) {
      reply = question(inquiry);
      return reply.status();
    });
    promise->set_value(status.ok() ? std::move(reply) : status);
  });
  // Every job is run, within its deadline.
  absl::StatusOr<ApiReply> reply = taken.ok() ? promise->get_future().get() : taken;
  --under_way_;
  return reply;
}

ApiReply HttpApi::Answer(std::string_view question, const HttpParameters& parameters) {
  const auto answered = [&]() -> absl::StatusOr<ApiReply> {
    if (question == "matrix") {
      const auto request = MatrixQuestion(parameters);
      if (!request.ok()) return request.status();
      return Ask([&](const Inquiry& inquiry) { return TellMatrix(*request, deps_, inquiry); });
    }
    if (question == "history") {
      const auto request = HistoryQuestion(parameters);
      if (!request.ok()) return request.status();
      return Ask([&](const Inquiry& inquiry) { return TellHistory(*request, inquiry); });
    }
    if (question == "changes") {
      const auto request = ChangesQuestion(parameters);
      if (!request.ok()) return request.status();
      return Ask([&](const Inquiry& inquiry) { return TellChanges(*request, inquiry); });
    }
    if (question == "compare") {
      const auto request = CompareQuestion(parameters);
      if (!request.ok()) return request.status();
      return Ask([&](const Inquiry& inquiry) { return TellCompare(*request, inquiry); });
    }
    if (question == "explain") {
      const auto request = ExplainQuestion(parameters);
      if (!request.ok()) return request.status();
      return Ask([&](const Inquiry& inquiry) { return TellExplain(*request, inquiry); });
    }
    return absl::NotFoundError("there are: matrix, history, changes, compare, explain");
  }();
  return answered.ok() ? *answered : ErrorReply(answered.status());
}

}  // namespace relaywatch::collector
