// GET /api/v1/…: the operators' questions over HTTP, the same JSON as `relaywatch … --output json`
// (docs/queries.md). Each waits on the HTTP server's thread for a thread of the pool; only so many
// do at once, so that /metrics always finds one. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/serve/http_server.h"
#include "collector/serve/query_step.h"

namespace relaywatch::collector {

struct ApiReply {
  int status = 200;
  std::string body;             // JSON; {"error": "…"} where the status is not 200
  std::string next_page_token;  // empty: this is all
};

class HttpApi {
 public:
  static constexpr std::string_view kPrefix = "/api/v1/";
  static constexpr int kAtOnce = 2;

  explicit HttpApi(QueryDeps deps) : deps_(deps) {}

  // `question`: the path behind the prefix.
  ApiReply Answer(std::string_view question, const HttpParameters& parameters);

 private:
  using Question = std::function<absl::StatusOr<ApiReply>(const Inquiry&)>;
  absl::StatusOr<ApiReply> Ask(const Question& question);

  const QueryDeps deps_;
  std::atomic<int> under_way_{0};
};

}  // namespace relaywatch::collector
