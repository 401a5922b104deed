#include "tests/unit/collector/collector_host.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "collector/config/config.h"
#include "collector/store/sqlite_store.h"
#include "common/sqlite/sqlite.h"
#include "tests/support/network.h"

namespace relaywatch::collector::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kDaemon = R"yaml(
listen:
  agents: 127.0.0.1:0
  enrollment: 127.0.0.1:0
  operators: 127.0.0.1:0
  http: 127.0.0.1:0
  admin: admin.sock
deployment: example
data_directory: data
)yaml";

constexpr const char* kOutsidePki = "identity: collector.pem\nca: ca.pem\n";

template <typename T>
T Must(absl::StatusOr<T> result, const char* doing) {
  if (result.ok()) return *std::move(result);
  fmt::print(stderr, "{}: {}\n", doing, std::string(result.status().message()));
  std::abort();
}

}  // namespace

std::string CollectorHost::DefaultPlan() {
  return R"yaml(
endpoints:
  - name: corp-mail
    host: mail.example.com
    services:
      - {protocol: smtp, port: 25, security: starttls}
      - {protocol: smtp, port: 587, security: starttls}
    relay_test: {from: probe@example.com, own: probe@example.com, foreign: probe@example.net}
    profiles: [outlook, thunderbird]
locations:
  - {name: office, match: {declared: office}}
  - {name: home, match: {always: true}}
)yaml";
}

CollectorHost::CollectorHost(std::string plan, PkiKind pki) : pki_(pki) {
  scratch_.Write("ca.pem", ca_.certificate_pem());
  scratch_.Write("collector.pem", ca_.Issue({.names = {"localhost", "127.0.0.1"}}).IdentityPem());
  WriteConfig(plan);
  Start();
}

CollectorHost::~CollectorHost() { Stop(); }

void CollectorHost::WriteConfig(const std::string& plan) {
  scratch_.Write("collector.yaml",
                 std::string(kDaemon) + (pki_ == PkiKind::kOutside ? kOutsidePki : "") + plan);
}

std::string CollectorHost::ca_pem() const {
  return pki_ == PkiKind::kOutside ? ca_.certificate_pem()
                                   : support::ReadFile(data_file("pki/ca.pem"));
}

void CollectorHost::Start() {
  const std::string file = scratch_ / "collector.yaml";
  const Config config = Must(LoadConfig(file), "configuration");
  auto store = Must(SqliteStore::Open(config.data_directory), "store");
  auto credentials =
      Must(LoadCredentials(config, SystemClock().Now().wall_ms / 1000), "credentials");
  collector_ = Must(Collector::Start(config, std::move(credentials), std::move(store),
                                     [file] { return LoadConfig(file); }),
                    "start");
}

void CollectorHost::Stop() { collector_.reset(); }

void CollectorHost::Restart() {
  Stop();
  Start();
}

std::optional<double> CollectorHost::Metric(const std::string& sample) const {
  const auto port = static_cast<std::uint16_t>(collector_->http_port());
  std::istringstream lines(support::Http(port, "/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.rfind(' ');
    if (line.substr(0, blank) == sample) return std::stod(line.substr(blank + 1));
  }
  return std::nullopt;
}

std::int64_t CollectorHost::Sql(const std::string& query) const {
  auto database = Must(sqlite::Database::Open(database_file()), "open the database");
  return Must(database.Integer(query), query.c_str());
}

TestAgent::TestAgent(CollectorHost& host, const std::optional<support::Credential>& credential) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = host.ca_pem();
  if (credential) {
    options.pem_private_key = credential->key_pem;
    options.pem_cert_chain = credential->certificate_pem;
  }
  channel_ = grpc::CreateChannel(fmt::format("localhost:{}", host.collector().agents_port()),
                                 grpc::SslCredentials(options));
  context_.set_deadline(std::chrono::system_clock::now() + 15s);
  stub_ = v1::Session::NewStub(channel_);
  stream_ = stub_->Connect(&context_);
}

TestAgent::~TestAgent() {
  context_.TryCancel();
  if (!finished_) Finish();
}

std::optional<v1::CollectorMessage> TestAgent::Receive() {
  v1::CollectorMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  return message;
}

std::uint64_t TestAgent::ReceiveAck() {
  while (const auto message = Receive()) {
    if (message->has_ack()) return message->ack().durable_seq();
  }
  return 0;
}

grpc::Status TestAgent::Finish() {
  finished_ = true;
  while (Receive()) {
  }
  return stream_->Finish();
}

}  // namespace relaywatch::collector::testing
