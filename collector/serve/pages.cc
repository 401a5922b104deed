#include "collector/serve/pages.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace relaywatch::collector {
namespace {

constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kHtml = "text/html; charset=utf-8";

constexpr const char* kPage = R"(<!doctype html><title>Relaywatch collector</title>
<h1>Relaywatch collector</h1>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus
<li><a href="/-/healthy">/-/healthy</a>: the process answers
<li><a href="/-/ready">/-/ready</a>: it can take results, or why not
<li>/api/v1/matrix, history, changes, compare, explain: what the collector knows, as JSON
<li>POST /-/reload: read the configuration again
</ul>
)";

}  // namespace

HttpResponse Pages::Answer(const HttpRequest& request) const {
  if (request.path == "/-/reload") return Reload(request.method);
  if (request.path == "/metrics") return {.type = kMetricsText, .body = RenderMetrics()};
  if (request.path == "/-/healthy") return {.body = "healthy\n"};
  if (request.path == "/-/ready") return Ready();
  if (request.path == "/") return {.type = kHtml, .body = kPage};
  if (deps_.api != nullptr && request.path.starts_with(HttpApi::kPrefix)) return Api(request);
  return {.code = 404, .body = "not found\n"};
}

HttpResponse Pages::Reload(const std::string& method) const {
  if (method != "POST") {
    return {.code = 405, .body = "use POST\n", .headers = {{"Allow", "POST"}}};
  }
  const absl::Status reloaded = deps_.reload();
  if (reloaded.ok()) return {.body = "reloaded\n"};
  return {.code = 400, .body = std::string(reloaded.message()) + "\n"};
}

HttpResponse Pages::Ready() const {
  const std::string trouble = deps_.health.Trouble();
  if (trouble.empty()) return {.body = "ready\n"};
  return {.code = 503, .body = trouble + "\n"};
}

HttpResponse Pages::Api(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return {405, kJson, "{\"error\":\"use GET\"}\n", {{"Allow", "GET, HEAD"}}};
  }
  const auto question = std::string_view(request.path).substr(HttpApi::kPrefix.size());
  ApiReply reply = deps_.api->Answer(question, request.query);
  HttpResponse response{static_cast<unsigned>(reply.status), kJson, std::move(reply.body), {}};
  if (!reply.next_page_token.empty()) {
    response.headers.emplace_back("Next-Page-Token", std::move(reply.next_page_token));
  }
  return response;
}

std::string Pages::RenderMetrics() const {
  std::vector<prometheus::MetricFamily> families;
  for (const prometheus::Collectable* source : deps_.metrics) {
    auto collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace relaywatch::collector
