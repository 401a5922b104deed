#include "collector/serve/pages.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <iterator>

namespace relaywatch::collector {
namespace {

constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kHtml = "text/html; charset=utf-8";

constexpr const char* kPage = R"(<!doctype html><title>Relaywatch collector</title>
<h1>Relaywatch collector</h1>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus
<li><a href="/-/healthy">/-/healthy</a>: the process answers
<li><a href="/-/ready">/-/ready</a>: it can take results, or why not
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
  return {.code = 404, .body = "not found\n"};
}

HttpResponse Pages::Reload(const std::string& method) const {
  if (method != "POST") return {.code = 405, .body = "use POST\n"};
  const absl::Status reloaded = deps_.reload();
  if (reloaded.ok()) return {.body = "reloaded\n"};
  return {.code = 400, .body = std::string(reloaded.message()) + "\n"};
}

HttpResponse Pages::Ready() const {
  const std::string trouble = deps_.health.Trouble();
  if (trouble.empty()) return {.body = "ready\n"};
  return {.code = 503, .body = trouble + "\n"};
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
