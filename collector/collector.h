// The collector put together, in the order of the data: fleet and ingest, store, serve. Start
// brings everything up or tells what could not be; Stop lets agents finish and loses nothing that
// was taken. Reload and Stop are thread-safe; Stop is called once.
#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/config/config.h"
#include "collector/fleet/admin_service.h"
#include "collector/fleet/credentials.h"
#include "collector/fleet/enrollment.h"
#include "collector/fleet/enrollment_server.h"
#include "collector/fleet/fleet.h"
#include "collector/fleet/keeper.h"
#include "collector/fleet/registry.h"
#include "collector/fleet/renewal_service.h"
#include "collector/ingest/agent_server.h"
#include "collector/ingest/ingest_queue.h"
#include "collector/ingest/writer.h"
#include "collector/serve/admin_server.h"
#include "collector/serve/daemon_metrics.h"
#include "collector/serve/fleet_collector.h"
#include "collector/serve/health.h"
#include "collector/serve/http_server.h"
#include "collector/serve/live_metrics.h"
#include "collector/serve/matrix.h"
#include "collector/serve/operator_server.h"
#include "collector/serve/pages.h"
#include "collector/serve/policy_metrics.h"
#include "collector/serve/query_pool.h"
#include "collector/serve/query_service.h"
#include "collector/serve/web_access.h"
#include "collector/store/patient_store.h"
#include "collector/store/store.h"
#include "common/clock.h"

namespace relaywatch::collector {

class Collector {
 public:
  using ConfigSource = std::function<absl::StatusOr<Config>()>;

  // `store` is the one of config.data_directory; `read_config` is asked at each reload. Any status
  // of the store, or of an address that cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Collector>> Start(const Config& config,
                                                          Credentials credentials,
                                                          std::unique_ptr<Store> store,
                                                          ConfigSource read_config);
  ~Collector();

  // Reads the configuration again: all of it comes into force, or none and the reason is returned.
  absl::Status Reload();
  // Asks the agents to finish, writes what has arrived, ends every thread. Takes seconds at most.
  void Stop();
  // Where the PKI is the collector's own, and part of it is due: renews that and listens anew with
  // it. Once a day by itself, and for tests.
  void RenewCertificates();

  int agents_port() const { return agents_->port(); }
  int enrollment_port() const { return enrollment_server_ ? enrollment_server_->port() : 0; }
  int operators_port() const { return operators_ ? operators_->port() : 0; }
  int http_port() const { return http_->port(); }

 private:
  Collector(Config config, Credentials credentials, std::unique_ptr<Store> store,
            std::unique_ptr<Registry> registry, ConfigSource read_config);
  absl::Status Serve();
  // Everything with a certificate.
  absl::Status ServeNetwork();
  absl::Status ServeOperators();
  void StopServingNetwork();
  std::shared_ptr<const Authority> CurrentAuthority();
  void Drain();

  SystemClock clock_;
  Config config_;
  std::mutex authority_mutex_;  // of credentials_.authority, which admin calls read
  Credentials credentials_;
  ConfigSource read_config_;
  std::mutex reload_mutex_;
  Health health_;
  prometheus::Registry registry_;
  std::unique_ptr<Registry> known_agents_;
  Fleet fleet_;
  IngestQueue queue_;
  std::unique_ptr<Store> disk_;
  PatientStore store_;
  LiveMetrics live_;
  PolicyMetrics policy_metrics_;
  Matrix matrix_;
  IngestMetrics ingest_metrics_;
  StoreMetrics store_metrics_;
  ConfigMetrics config_metrics_;
  FleetCollector fleet_metrics_;
  Writer writer_;
  std::unique_ptr<QueryPool> query_pool_;
  std::unique_ptr<QueryService> query_service_;
  std::unique_ptr<HttpApi> http_api_;
  std::unique_ptr<WebAccess> web_access_;
  std::unique_ptr<Pages> pages_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<AdminService> admin_service_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<Enrollment> enrollment_;  // null: agents' certificates come from elsewhere
  std::unique_ptr<RenewalService> renewal_;
  std::unique_ptr<EnrollmentServer> enrollment_server_;
  std::unique_ptr<AgentServer> agents_;
  std::unique_ptr<OperatorServer> operators_;  // null: off
  Keeper keeper_;
};

}  // namespace relaywatch::collector
