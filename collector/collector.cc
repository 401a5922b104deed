#include "collector/collector.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>
#include <utility>

namespace relaywatch::collector {
namespace {

using namespace std::chrono_literals;

// What agents get to finish before their streams are cut.
constexpr auto kDrainTime = 2s;
constexpr auto kReconnectAfter = 5s;

// Read at the start only; a reload that changes one of them says so instead of doing half of it.
std::vector<std::string> NeedRestart(const Config& now, const Config& next) {
  std::vector<std::string> keys;
  if (!(now.agents == next.agents)) keys.emplace_back("listen.agents");
  if (!(now.enrollment == next.enrollment)) keys.emplace_back("listen.enrollment");
  if (now.operators != next.operators) keys.emplace_back("listen.operators");
  if (!(now.http == next.http)) keys.emplace_back("listen.http");
  if (now.web_config != next.web_config) keys.emplace_back("web_config");
  if (now.admin != next.admin) keys.emplace_back("listen.admin");
  if (now.identity != next.identity) keys.emplace_back("identity");
  if (now.ca != next.ca) keys.emplace_back("ca");
  if (now.issuer != next.issuer) keys.emplace_back("issuer");
  if (now.server_names != next.server_names) keys.emplace_back("server_names");
  if (now.certificate_lifetime != next.certificate_lifetime) {
    keys.emplace_back("certificate_lifetime");
  }
  if (now.retention != next.retention) keys.emplace_back("retention");
  if (now.deployment != next.deployment) keys.emplace_back("deployment");
  if (now.data_directory != next.data_directory) keys.emplace_back("data_directory");
  return keys;
}

}  // namespace

Collector::Collector(Config config, Credentials credentials, std::unique_ptr<Store> store,
                     std::unique_ptr<Registry> registry, ConfigSource read_config)
    : config_(std::move(config)),
      credentials_(std::move(credentials)),
      read_config_(std::move(read_config)),
      known_agents_(std::move(registry)),
      disk_(std::move(store)),
      store_(*disk_, health_),
      live_(registry_),
      policy_metrics_(registry_, live_),
      ingest_metrics_(registry_),
      store_metrics_(registry_),
      config_metrics_(registry_),
      fleet_metrics_(fleet_, clock_),
      writer_({queue_, store_, fleet_, live_, policy_metrics_, matrix_, ingest_metrics_,
               store_metrics_, clock_}),
      keeper_(*known_agents_, fleet_, [this] { RenewCertificates(); }) {}

absl::StatusOr<std::unique_ptr<Collector>> Collector::Start(const Config& config,
                                                            Credentials credentials,
                                                            std::unique_ptr<Store> store,
                                                            ConfigSource read_config) {
  auto registry = Registry::Open(config.data_directory + "/fleet.sqlite");
  if (!registry.ok()) return registry.status();
  std::unique_ptr<Collector> collector(new Collector(config, std::move(credentials),
                                                     std::move(store), *std::move(registry),
                                                     std::move(read_config)));
  auto& started = *collector;
  if (auto writing = started.writer_.Start(config.plan, config.client_profiles, config.limits);
      !writing.ok()) {
    return writing;
  }
  if (auto keeping = started.keeper_.Start(); !keeping.ok()) return keeping;
  if (auto serving = started.Serve(); !serving.ok()) return serving;
  started.config_metrics_.Loaded(started.clock_.Now().wall_ms);
  started.health_.SetStarted();
  if (config.plan.endpoints().empty()) spdlog::warn("config: no endpoints: agents have no work");
  spdlog::info("collector: agents on {}:{}, http on {}:{}, admin on {}, data in {}",
               config.agents.host, started.agents_port(), config.http.host, started.http_port(),
               config.admin, config.data_directory);
  if (started.enrollment_server_ != nullptr) {
    spdlog::info("collector: enrolment on {}:{}", config.enrollment.host,
                 started.enrollment_port());
  }
  if (started.operators_ != nullptr) {
    spdlog::info("collector: operators on {}:{}", config.operators->host, started.operators_port());
  }
  return collector;
}

absl::Status Collector::Serve() {
  auto access = WebAccess::Load(config_.web_config);
  if (!access.ok()) return access.status();
  web_access_ = *std::move(access);
  auto pool = QueryPool::Start(config_.data_directory, {});
  if (!pool.ok()) return pool.status();
  query_pool_ = *std::move(pool);
  const QueryDeps query{*query_pool_, matrix_, fleet_, clock_};
  query_service_ = std::make_unique<QueryService>(query);
  http_api_ = std::make_unique<HttpApi>(query);
  pages_ = std::make_unique<Pages>(PageDeps{
      {&registry_, &fleet_metrics_}, health_, [this] { return Reload(); }, http_api_.get()});
  auto http = HttpServer::Start(config_.http, *web_access_, [this](const HttpRequest& request) {
    return pages_->Answer(request);
  });
  if (!http.ok()) return http.status();
  http_ = *std::move(http);
  admin_service_ = std::make_unique<AdminService>(
      AdminDeps{.registry = *known_agents_,
                .fleet = fleet_,
                .clock = clock_,
                .accept_change = [this](std::uint64_t id) { return writer_.AcceptChange(id); },
                .judge_again = [this] { return writer_.JudgeAgain(); },
                .data_directory = config_.data_directory,
                .ca_pin = credentials_.ca_pin,
                .authority = [this] { return CurrentAuthority(); },
                .ca_file = CaFile(config_),
                .operators = config_.operators ? FormatHostPort(*config_.operators) : ""});
  auto admin = AdminServer::Start(config_.admin, *query_service_, *admin_service_);
  if (!admin.ok()) return admin.status();
  admin_ = *std::move(admin);
  return ServeNetwork();
}

absl::Status Collector::ServeNetwork() {
  if (credentials_.authority != nullptr) {
    enrollment_ = std::make_unique<Enrollment>(
        EnrollmentDeps{*credentials_.authority, *known_agents_, fleet_, clock_,
                       credentials_.identity.ca_pem, config_.deployment});
    renewal_ = std::make_unique<RenewalService>(*enrollment_, config_.deployment);
  }
  auto agents = AgentServer::Start(config_.agents, credentials_.identity,
                                   {config_.deployment, queue_, *known_agents_, renewal_.get()});
  if (!agents.ok()) return agents.status();
  agents_ = *std::move(agents);
  agents_->SetServing(true);
  if (auto serving = ServeOperators(); !serving.ok()) return serving;
  if (enrollment_ == nullptr) return absl::OkStatus();
  auto enrollment =
      EnrollmentServer::Start(config_.enrollment, credentials_.enrollment, *enrollment_);
  if (!enrollment.ok()) return enrollment.status();
  enrollment_server_ = *std::move(enrollment);
  return absl::OkStatus();
}

absl::Status Collector::ServeOperators() {
  if (!config_.operators) return absl::OkStatus();
  auto operators = OperatorServer::Start(
      *config_.operators, credentials_.identity,
      {config_.deployment, {*query_pool_, matrix_, fleet_, clock_}, *known_agents_});
  if (!operators.ok()) return operators.status();
  operators_ = *std::move(operators);
  return absl::OkStatus();
}

std::shared_ptr<const Authority> Collector::CurrentAuthority() {
  const std::lock_guard lock(authority_mutex_);
  return credentials_.authority;
}

// Streams end before what they use goes.
void Collector::StopServingNetwork() {
  enrollment_server_.reset();
  operators_.reset();
  if (agents_ == nullptr) return;
  agents_->SetServing(false);
  Drain();
  agents_->Stop(500ms);
}

void Collector::RenewCertificates() {
  if (!config_.UsesOwnPki()) return;
  auto renewed = LoadCredentials(config_, clock_.Now().wall_ms / 1000);
  if (!renewed.ok()) {
    return spdlog::error("pki: not renewed: {}", std::string(renewed.status().message()));
  }
  if (renewed->identity.chain_pem == credentials_.identity.chain_pem) return;
  StopServingNetwork();
  agents_.reset();
  {
    const std::lock_guard lock(authority_mutex_);
    credentials_ = *std::move(renewed);
  }
  if (auto serving = ServeNetwork(); !serving.ok()) {
    health_.SetStopping();  // not ready: whoever watches over us starts us again
    return spdlog::critical("collector: {}", std::string(serving.message()));
  }
  spdlog::info("pki: agents and operators are served with the renewed certificate");
}

Collector::~Collector() { Stop(); }

absl::Status Collector::Reload() {
  const std::lock_guard lock(reload_mutex_);
  auto config = read_config_();
  absl::Status status = config.status();
  auto access = web_access_->ReadAgain();
  status.Update(access.status());
  if (status.ok()) status = writer_.Reload(config->plan, config->client_profiles, config->limits);
  if (!status.ok()) {
    config_metrics_.Refused();
    spdlog::error("config: not reloaded, the old one stays in force: {}",
                  std::string(status.message()));
    return status;
  }
  web_access_->Use(*std::move(access));
  for (const std::string& key : NeedRestart(config_, *config)) {
    spdlog::warn("config: {} has changed, which takes effect after a restart", key);
  }
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  config_.plan = config->plan;
  config_.client_profiles = config->client_profiles;
  config_metrics_.Loaded(clock_.Now().wall_ms);
  spdlog::info("config: reloaded");
  return absl::OkStatus();
}

void Collector::Drain() {
  v1::CollectorMessage drain;
  drain.mutable_drain()->mutable_deadline()->set_seconds(kDrainTime.count());
  drain.mutable_drain()->mutable_reconnect_after()->set_seconds(kReconnectAfter.count());
  fleet_.Broadcast(drain);
  const auto deadline = std::chrono::steady_clock::now() + kDrainTime;
  while (fleet_.connected() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
  }
}

void Collector::Stop() {
  health_.SetStopping();
  store_.Stop();  // first: whoever waits for a store in trouble gives up
  keeper_.Stop();
  StopServingNetwork();
  http_.reset();
  admin_.reset();
  query_pool_.reset();
  writer_.Stop();
  agents_.reset();
}

}  // namespace relaywatch::collector
