#include "collector/serve/http_server.h"

#include <civetweb.h>
#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <string_view>
#include <utility>

#include "collector/listen.h"

namespace relaywatch::collector {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kHtml = "text/html; charset=utf-8";

constexpr std::chrono::milliseconds kNudgeEvery{10};

constexpr const char* kPage = R"(<!doctype html><title>Relaywatch collector</title>
<h1>Relaywatch collector</h1>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus
<li><a href="/-/healthy">/-/healthy</a>: the process answers
<li><a href="/-/ready">/-/ready</a>: it can take results, or why not
<li>/api/v1/matrix, history, compare, explain: what the collector knows, as JSON
<li>POST /-/reload: read the configuration again
</ul>
)";

const char* ReasonPhrase(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 504:
      return "Gateway Timeout";
    default:
      return "Service Unavailable";
  }
}

void Respond(mg_connection* connection, int code, const char* type, const std::string& body,
             const std::string& more_headers = "") {
  const std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n{}\r\n",
      code, ReasonPhrase(code), type, body.size(), more_headers);
  mg_write(connection, head.data(), head.size());
  if (std::string_view(mg_get_request_info(connection)->request_method) != "HEAD") {
    mg_write(connection, body.data(), body.size());
  }
}

std::string Decoded(std::string_view text) {
  std::string decoded(text.size() + 1, '\0');
  const int length = mg_url_decode(text.data(), static_cast<int>(text.size()), decoded.data(),
                                   static_cast<int>(decoded.size()), /*is_form=*/1);
  decoded.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return decoded;
}

HttpParameters ParametersOf(const mg_connection* connection) {
  const char* query = mg_get_request_info(connection)->query_string;
  HttpParameters parameters;
  std::string_view rest = query == nullptr ? "" : query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    parameters.emplace_back(Decoded(pair.substr(0, equals)),
                            Decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return parameters;
}

int LogMessage(const mg_connection*, const char* message) {
  spdlog::warn("http: {}", message);
  return 1;
}

// Connects, and that is all.
void Nudge(const HostPort& address) {
  char error[128];
  mg_connection* connection =
      mg_connect_client(address.host.c_str(), address.port, 0, error, sizeof error);
  if (connection != nullptr) mg_close_connection(connection);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HostPort& address,
                                                              HttpDeps deps) {
  if (auto free = CheckListen(address); !free.ok()) return free;
  std::unique_ptr<HttpServer> server(new HttpServer(address, std::move(deps)));
  const std::string listening = FormatHostPort(address);
  const char* options[] = {"listening_ports",
                           listening.c_str(),
                           "num_threads",
                           "4",
                           "request_timeout_ms",
                           "10000",
                           "enable_keep_alive",
                           "no",
                           "max_request_size",
                           "8192",
                           "linger_timeout_ms",
                           "1000",
                           nullptr};
  mg_init_library(0);
  mg_callbacks callbacks{};
  callbacks.log_message = LogMessage;
  server->context_ = mg_start(&callbacks, server.get(), options);
  if (server->context_ == nullptr) {
    mg_exit_library();
    return absl::UnavailableError(fmt::format("listen on {}: refused", listening));
  }
  mg_set_request_handler(server->context_, "/", Handle, server.get());
  return server;
}

// civetweb looks at its stop flag every two seconds, or when a connection comes: give it some.
HttpServer::~HttpServer() {
  if (context_ == nullptr) return;
  const HostPort address{address_.host, static_cast<std::uint16_t>(port())};
  auto stopped = std::async(std::launch::async, [this] { mg_stop(context_); });
  while (stopped.wait_for(kNudgeEvery) != std::future_status::ready) Nudge(address);
  mg_exit_library();
}

int HttpServer::port() const {
  mg_server_port port{};
  return mg_get_server_ports(context_, 1, &port) == 1 ? port.port : 0;
}

int HttpServer::Handle(mg_connection* connection, void* server) {
  const mg_request_info* request = mg_get_request_info(connection);
  const char* path = request->local_uri != nullptr ? request->local_uri : "";
  static_cast<HttpServer*>(server)->Answer(connection, request->request_method, path);
  return 1;
}

void HttpServer::Answer(mg_connection* connection, const std::string& method,
                        const std::string& path) const {
  if (path == "/-/reload") {
    if (method != "POST") {
      return Respond(connection, 405, kText, "use POST\n", "Allow: POST\r\n");
    }
    const absl::Status reloaded = deps_.reload();
    if (reloaded.ok()) return Respond(connection, 200, kText, "reloaded\n");
    return Respond(connection, 400, kText, std::string(reloaded.message()) + "\n");
  }
  if (path == "/metrics") return Respond(connection, 200, kMetricsText, RenderMetrics());
  if (path == "/-/healthy") return Respond(connection, 200, kText, "healthy\n");
  if (path == "/-/ready") {
    const std::string trouble = deps_.health.Trouble();
    return Respond(connection, trouble.empty() ? 200 : 503, kText,
                   trouble.empty() ? "ready\n" : trouble + "\n");
  }
  if (path == "/") return Respond(connection, 200, kHtml, kPage);
  if (deps_.api != nullptr && path.starts_with(HttpApi::kPrefix)) {
    return AnswerApi(connection, method, std::string_view(path).substr(HttpApi::kPrefix.size()));
  }
  Respond(connection, 404, kText, "not found\n");
}

void HttpServer::AnswerApi(mg_connection* connection, const std::string& method,
                           std::string_view question) const {
  if (method != "GET" && method != "HEAD") {
    return Respond(connection, 405, kJson, "{\"error\":\"use GET\"}\n", "Allow: GET, HEAD\r\n");
  }
  const ApiReply reply = deps_.api->Answer(question, ParametersOf(connection));
  const std::string next = reply.next_page_token.empty()
                               ? ""
                               : fmt::format("Next-Page-Token: {}\r\n", reply.next_page_token);
  Respond(connection, reply.status, kJson, reply.body, next);
}

std::string HttpServer::RenderMetrics() const {
  std::vector<prometheus::MetricFamily> families;
  for (const prometheus::Collectable* source : deps_.metrics) {
    auto collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace relaywatch::collector
