#include "collector/serve/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include <cstdarg>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/listen.h"
#include "common/secret/secret.h"

namespace relaywatch::collector {
namespace {

constexpr unsigned kThreads = 4;
constexpr unsigned kConnections = 256;
constexpr unsigned kConnectionsOfOneHost = 64;
constexpr unsigned kSilentSeconds = 65;  // longer than most scrape intervals, so that TLS stands
constexpr std::size_t kConnectionMemory = 16 * 1024;  // a request's line and headers
constexpr const char* kRealm = "Relaywatch";

struct Address {
  sockaddr_storage storage{};
  bool is_v6 = false;
};

Address SocketAddress(const HostPort& address) {
  Address result;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    return result;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(address.port);
  result.is_v6 = true;
  return result;
}

void LogMessage(void*, const char* format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  std::string_view line(text);
  while (line.ends_with('\n')) line.remove_suffix(1);
  spdlog::debug("http: {}", line);  // broken connections and failed handshakes: the peer's doing
}

// The text lives as long as the response, without a copy.
MHD_Response* MakeResponse(HttpResponse answer) {
  auto* body = new std::string(std::move(answer.body));
  MHD_Response* response = MHD_create_response_from_buffer_with_free_callback_cls(
      body->size(), body->data(), [](void* text) { delete static_cast<std::string*>(text); }, body);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type.c_str());
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : answer.headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  return response;
}

MHD_Result AddParameter(void* query, MHD_ValueKind, const char* key, const char* value) {
  static_cast<HttpRequest*>(query)->query.emplace_back(key, value == nullptr ? "" : value);
  return MHD_YES;
}

bool IsAdmitted(BasicAuth& passwords, MHD_Connection* connection) {
  if (!passwords.is_required()) return true;
  char* password = nullptr;
  char* user = MHD_basic_auth_get_username_password(connection, &password);
  const bool admitted = user != nullptr && password != nullptr && passwords.Admits(user, password);
  if (password != nullptr) WipeBytes(password, std::string_view(password).size());
  MHD_free(password);
  MHD_free(user);
  return admitted;
}

}  // namespace

struct HttpServer::Callbacks {
  using Held = std::shared_ptr<const WebCredentials>;

  // Each connection holds the credentials it began with.
  static void Connected(void* server, MHD_Connection* connection, void** context,
                        MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
      delete static_cast<Held*>(*context);
      return;
    }
    auto credentials = static_cast<HttpServer*>(server)->access_.Credentials();
    if (credentials == nullptr) return;
    const MHD_ConnectionInfo* session =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    credentials->Use(static_cast<gnutls_session_t>(session->tls_session));
    *context = new Held(std::move(credentials));
  }

  // Answers with the headers in: no request of ours has a body worth waiting for.
  static MHD_Result Requested(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char*, const char*, size_t*, void**) {
    const auto& server = *static_cast<HttpServer*>(self);
    if (!IsAdmitted(*server.access_.Passwords(), connection)) {
      MHD_Response* response = MakeResponse({.body = "who are you?\n"});
      const MHD_Result queued = MHD_queue_basic_auth_fail_response(connection, kRealm, response);
      MHD_destroy_response(response);
      return queued;
    }
    HttpRequest request{method, url, {}};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, AddParameter, &request);
    HttpResponse answer = server.handler_(request);
    const unsigned code = answer.code;
    MHD_Response* response = MakeResponse(std::move(answer));
    const MHD_Result queued = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return queued;
  }
};

HttpServer::HttpServer(WebAccess& access, HttpHandler handler)
    : access_(access), handler_(std::move(handler)) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HostPort& address,
                                                              WebAccess& access,
                                                              HttpHandler handler) {
  if (auto free = CheckListen(address); !free.ok()) return free;
  std::unique_ptr<HttpServer> server(new HttpServer(access, std::move(handler)));
  const Address bound = SocketAddress(address);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_PEDANTIC_CHECKS;
  if (bound.is_v6) flags |= MHD_USE_IPv6;
  const auto text = [](const std::string& value) { return const_cast<char*>(value.c_str()); };
  std::vector<MHD_OptionItem> options = {
      {MHD_OPTION_SOCK_ADDR, 0, const_cast<sockaddr_storage*>(&bound.storage)},
      {MHD_OPTION_LISTENING_ADDRESS_REUSE, 1, nullptr},
      {MHD_OPTION_THREAD_POOL_SIZE, kThreads, nullptr},
      {MHD_OPTION_CONNECTION_LIMIT, kConnections, nullptr},
      {MHD_OPTION_PER_IP_CONNECTION_LIMIT, kConnectionsOfOneHost, nullptr},
      {MHD_OPTION_CONNECTION_TIMEOUT, kSilentSeconds, nullptr},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, nullptr},
      {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<intptr_t>(&Callbacks::Connected),
       server.get()},
  };
  const auto credentials = access.Credentials();
  const std::string priorities = credentials != nullptr ? credentials->priorities() : "";
  if (credentials != nullptr) {
    flags |= MHD_USE_TLS;
    options.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, text(credentials->certificate())});
    options.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, text(credentials->key())});
    options.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, text(priorities)});
  }
  options.push_back({MHD_OPTION_END, 0, nullptr});
  server->daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &Callbacks::Requested,
                                     server.get(), MHD_OPTION_EXTERNAL_LOGGER, LogMessage, nullptr,
                                     MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
  if (server->daemon_ == nullptr) {
    return absl::UnavailableError(fmt::format("listen on {}: refused", FormatHostPort(address)));
  }
  return server;
}

HttpServer::~HttpServer() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

int HttpServer::port() const {
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);
  return info != nullptr ? info->port : 0;
}

}  // namespace relaywatch::collector
