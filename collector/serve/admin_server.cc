#include "collector/serve/admin_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace relaywatch::collector {
namespace {

constexpr std::chrono::seconds kGrace{1};

absl::Status Failure(const std::string& path, int error) {
  return {absl::ErrnoToStatusCode(error),
          fmt::format("listen on {}: {}", path, std::strerror(error))};
}

bool SomebodyListens(const sockaddr_un& address) {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const bool answered = connect(descriptor, generic, sizeof address) == 0;
  close(descriptor);
  return answered;
}

// Makes way for our socket, and finds out now what would keep gRPC from making it.
absl::Status Prepare(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Failure(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  if (SomebodyListens(address)) return Failure(path, EADDRINUSE);
  std::error_code error;
  const auto directory = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(directory, error);
  if (error) return Failure(path, error.value());
  if (std::filesystem::exists(path) && !std::filesystem::is_socket(path)) {
    return Failure(path, EEXIST);
  }
  unlink(path.c_str());
  if (access(directory.c_str(), W_OK | X_OK) != 0) return Failure(path, errno);
  return absl::OkStatus();
}

}  // namespace

AdminServer::~AdminServer() { Stop(); }

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(const std::string& path,
                                                                grpc::Service& query,
                                                                grpc::Service& admin) {
  if (auto prepared = Prepare(path); !prepared.ok()) return prepared;
  std::unique_ptr<AdminServer> server(new AdminServer(path));
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
  builder.RegisterService(&query);
  builder.RegisterService(&admin);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  // Nobody else may connect, from the first moment on.
  const mode_t previous = umask(0177);
  server->server_ = builder.BuildAndStart();
  umask(previous);
  if (server->server_ == nullptr) return Failure(path, EACCES);
  return server;
}

void AdminServer::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + kGrace);
  server_->Wait();
  server_.reset();
  unlink(path_.c_str());
}

}  // namespace relaywatch::collector
