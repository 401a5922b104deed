// What the HTTP server answers: /metrics, /-/healthy, /-/ready, POST /-/reload, /api/v1/…
// (http_api.h), and a page at / that names them; anything else is 404. Only reads snapshots and
// renders, so that a scrape never waits for a commit. Thread-safe.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "collector/serve/health.h"
#include "collector/serve/http_api.h"
#include "collector/serve/http_server.h"

namespace relaywatch::collector {

struct PageDeps {
  std::vector<const prometheus::Collectable*> metrics;  // rendered in this order
  const Health& health;
  std::function<absl::Status()> reload;
  HttpApi* api = nullptr;  // null: none
};

class Pages {
 public:
  explicit Pages(PageDeps deps) : deps_(std::move(deps)) {}

  HttpResponse Answer(const HttpRequest& request) const;

 private:
  HttpResponse Reload(const std::string& method) const;
  HttpResponse Ready() const;
  HttpResponse Api(const HttpRequest& request) const;
  std::string RenderMetrics() const;

  const PageDeps deps_;
};

}  // namespace relaywatch::collector
