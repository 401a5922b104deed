// The one HTTP server: /metrics, /-/healthy, /-/ready, POST /-/reload, /api/v1/… (http_api.h), and
// a page at / that names them; anything else is 404. Its threads only read snapshots and render, so
// a scrape never waits for a commit. Threads: civetweb's. Thread-safe after Start.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/serve/health.h"
#include "collector/serve/http_api.h"
#include "common/syntax.h"

struct mg_context;
struct mg_connection;

namespace relaywatch::collector {

struct HttpDeps {
  std::vector<const prometheus::Collectable*> metrics;  // rendered in this order
  const Health& health;
  std::function<absl::Status()> reload;
  HttpApi* api = nullptr;  // null: none
};

class HttpServer {
 public:
  // What `deps` refers to must outlive it. A system error with the address where it cannot listen.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HostPort& address, HttpDeps deps);
  ~HttpServer();

  int port() const;

 private:
  HttpServer(HostPort address, HttpDeps deps)
      : address_(std::move(address)), deps_(std::move(deps)) {}
  static int Handle(mg_connection* connection, void* server);
  void Answer(mg_connection* connection, const std::string& method, const std::string& path) const;
  void AnswerApi(mg_connection* connection, const std::string& method,
                 std::string_view question) const;
  std::string RenderMetrics() const;

  const HostPort address_;
  HttpDeps deps_;
  mg_context* context_ = nullptr;
};

}  // namespace relaywatch::collector
