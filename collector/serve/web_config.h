// Who may read the HTTP listener, and how it is encrypted: the file and the keys are those of
// Prometheus' own programs ("web-config", github.com/prometheus/exporter-toolkit, docs/
// web-configuration.md), so that one file can serve Prometheus, Alertmanager and the collector.
// Keys that this server has no use for (cipher suites, curves, HTTP/2) are refused, not ignored.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace relaywatch::collector {

// What is asked of clients, in Prometheus' words (Go's tls.ClientAuthType).
enum class ClientAuth {
  kNoClientCert,
  kRequestClientCert,
  kRequireAnyClientCert,
  kVerifyClientCertIfGiven,
  kRequireAndVerifyClientCert,
};

enum class TlsVersion { k12, k13 };  // older ones are refused by whatever the file says

struct WebTls {
  std::string cert_file;  // PEM: certificate and chain
  std::string key_file;
  std::string client_ca_file;
  ClientAuth client_auth = ClientAuth::kNoClientCert;
  TlsVersion min_version = TlsVersion::k12;
  TlsVersion max_version = TlsVersion::k13;

  bool operator==(const WebTls&) const = default;
};

struct WebConfig {
  std::optional<WebTls> tls;                 // nullopt: plain HTTP
  std::map<std::string, std::string> users;  // name to bcrypt hash; empty: everybody
};

// Paths in the file are relative to its directory. NotFound or PermissionDenied where it cannot be
// read; InvalidArgument with every problem, one a line, each with file, line and key.
absl::StatusOr<WebConfig> LoadWebConfig(const std::string& file);

}  // namespace relaywatch::collector
