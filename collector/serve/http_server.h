// The one HTTP server: HTTP/1.1 with or without TLS (web_access.h), GET, HEAD and POST without a
// body. What is answered is its handler's, which is called by several threads at once. Connections
// are bounded, in number and in how long they may be silent.
//
// libmicrohttpd and not the civetweb that prometheus-cpp brings: Debian's cannot do TLS with
// OpenSSL 3 (docs/decisions/0008-http-listener.md). Threads: four of its own. Thread-safe after
// Start.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/serve/web_access.h"
#include "common/syntax.h"

struct MHD_Daemon;

namespace relaywatch::collector {

// Names and values, decoded, in their order.
using HttpParameters = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;  // without the query, percent-decoded
  HttpParameters query;
};

struct HttpResponse {
  unsigned code = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  HttpParameters headers;  // besides those of every answer
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

class HttpServer {
 public:
  // `access` must outlive it. A system error with the address where it cannot listen.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HostPort& address,
                                                           WebAccess& access, HttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

 private:
  struct Callbacks;  // what libmicrohttpd calls
  HttpServer(WebAccess& access, HttpHandler handler);

  WebAccess& access_;
  const HttpHandler handler_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace relaywatch::collector
