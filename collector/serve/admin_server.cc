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

#include "collector/query/changes_answer.h"
#include "collector/store/reader.h"
#include "common/status_bridge.h"
#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::collector {
namespace {

constexpr std::chrono::seconds kGrace{1};
constexpr std::chrono::seconds kReadTime{5};

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

// Of gRPC's synchronous kind, because some calls wait for the disk.
class AdminServer::Service final : public v1::Query::Service {
 public:
  Service(const collector::Matrix& matrix, std::string data_directory)
      : matrix_(matrix), data_directory_(std::move(data_directory)) {}

  grpc::Status Matrix(grpc::ServerContext* /*context*/, const v1::MatrixRequest* request,
                      v1::MatrixResponse* response) override {
    *response = matrix_.Answer(request->filter());
    return grpc::Status::OK;
  }

  grpc::Status Changes(grpc::ServerContext* /*context*/, const v1::ChangesRequest* request,
                       v1::ChangesResponse* response) override {
    const auto reader = Reader::Open(data_directory_);
    if (!reader.ok()) return ToGrpc(reader.status());
    const auto snapshot = (*reader)->Begin(kReadTime);
    if (!snapshot.ok()) return ToGrpc(snapshot.status());
    auto answer = AnswerChanges(*request, **reader);
    if (answer.ok()) *response = *std::move(answer);
    return ToGrpc(answer.status());
  }

 private:
  const collector::Matrix& matrix_;
  const std::string data_directory_;
};

AdminServer::AdminServer(std::string path, std::unique_ptr<Service> service)
    : path_(std::move(path)), service_(std::move(service)) {}

AdminServer::~AdminServer() { Stop(); }

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(const std::string& path,
                                                                const collector::Matrix& matrix,
                                                                const std::string& data_directory,
                                                                grpc::Service& admin) {
  if (auto prepared = Prepare(path); !prepared.ok()) return prepared;
  std::unique_ptr<AdminServer> server(
      new AdminServer(path, std::make_unique<Service>(matrix, data_directory)));
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
  builder.RegisterService(server->service_.get());
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
