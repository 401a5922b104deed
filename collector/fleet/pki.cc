#include "collector/fleet/pki.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "collector/fleet/signing.h"
#include "common/clock.h"
#include "common/durable_file.h"
#include "common/file.h"
#include "common/identity/key.h"
#include "common/syntax.h"

namespace relaywatch::collector {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kRootLife = 3'650 * kDay;
constexpr std::int64_t kIssuerLife = 365 * kDay;
constexpr std::int64_t kServerLife = 90 * kDay;
constexpr std::int64_t kBackdated = 300;

// A key with its certificate, and what follows it in the file.
struct KeyPair {
  x509::Key key;
  std::vector<x509::Certificate> chain;

  X509* certificate() const { return chain.front().get(); }
  Issuer AsIssuer() const { return {certificate(), key.get()}; }
};

// nullopt: no such file.
absl::StatusOr<std::optional<KeyPair>> Read(const std::string& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  const auto pem = ReadFile(file);
  if (!pem.ok()) return pem.status();
  KeyPair pair{x509::ReadKey(*pem), x509::ReadCertificates(*pem)};
  if (!pair.key || pair.chain.empty() || !x509::Belongs(pair.certificate(), pair.key.get())) {
    return absl::FailedPreconditionError(
        fmt::format("{}: no key with its certificate; put it back, or remove it", file));
  }
  return pair;
}

absl::StatusOr<KeyPair> Make(const CertificateSpec& spec, const KeyPair* issuer,
                             const std::string& file) {
  auto key = MakeKey();
  if (!key.ok()) return key.status();
  auto certificate = SignCertificate(
      spec, key->get(), issuer == nullptr ? Issuer{nullptr, key->get()} : issuer->AsIssuer());
  if (!certificate.ok()) return certificate.status();
  std::string pem = x509::ToPem(key->get()) + x509::ToPem(certificate->get());
  const bool is_leaf = spec.kind == CertificateKind::kServer;
  if (is_leaf) pem += x509::ToPem(issuer->chain);
  if (auto written = ReplaceFile(file, pem, 0600); !written.ok()) return written;
  spdlog::info("pki: made {}, valid until {}", file, FormatRfc3339(spec.not_after * 1000));
  KeyPair pair{*std::move(key), {}};
  pair.chain.push_back(*std::move(certificate));
  return pair;
}

bool NearItsEnd(X509* certificate, std::int64_t now) {
  const std::int64_t end = x509::NotAfter(certificate);
  return end - now < (end - x509::NotBefore(certificate)) / 3;
}

std::vector<std::string> AlternativeNames(const std::vector<std::string>& names) {
  std::vector<std::string> alternatives;
  for (const std::string& name : names) {
    alternatives.push_back((IsAddress(name) ? "IP:" : "DNS:") + name);
  }
  return alternatives;
}

bool IsFor(X509* certificate, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const int matches = IsAddress(name)
                            ? X509_check_ip_asc(certificate, name.c_str(), 0)
                            : X509_check_host(certificate, name.data(), name.size(), 0, nullptr);
    if (matches != 1) return false;
  }
  return true;
}

CertificateSpec Spec(CertificateKind kind, const std::string& name, std::int64_t now,
                     std::int64_t life) {
  return {
      .kind = kind, .common_name = name, .not_before = now - kBackdated, .not_after = now + life};
}

class Pki {
 public:
  Pki(const PkiSettings& settings, std::int64_t now)
      : settings_(settings),
        now_(now),
        root_file_(settings.directory + "/root.pem"),
        files_(PkiFilesIn(settings.directory)) {}

  absl::StatusOr<PkiFiles> Prepare() {
    auto issuer = Issuing();
    if (!issuer.ok()) return issuer.status();
    auto server = Read(files_.identity);
    if (!server.ok()) return server.status();
    const bool good = *server && !NearItsEnd((*server)->certificate(), now_) &&
                      IsFor((*server)->certificate(), settings_.server_names);
    if (good) return files_;
    auto spec = Spec(CertificateKind::kServer, settings_.server_names.front().substr(0, 64), now_,
                     kServerLife);
    spec.names = AlternativeNames(settings_.server_names);
    if (auto made = Make(spec, &*issuer, files_.identity); !made.ok()) return made.status();
    return files_;
  }

 private:
  absl::StatusOr<KeyPair> Issuing() {
    auto issuer = Read(files_.issuer);
    if (!issuer.ok()) return issuer.status();
    if (*issuer && !NearItsEnd((*issuer)->certificate(), now_)) return **std::move(issuer);
    const auto root = Root();
    if (!root.ok()) return root.status();
    return Make(
        Spec(CertificateKind::kIntermediate, "Relaywatch issuer of " + Short(), now_, kIssuerLife),
        &*root, files_.issuer);
  }

  // A common name has at most 64 characters.
  std::string Short() const { return settings_.deployment.substr(0, 40); }

  absl::StatusOr<KeyPair> Root() {
    auto root = Read(root_file_);
    if (!root.ok()) return root.status();
    if (!*root && std::filesystem::exists(files_.ca)) {
      return absl::FailedPreconditionError(
          fmt::format("{} is missing, but needed to make a new {}; put it back for the moment",
                      root_file_, files_.issuer));
    }
    if (!*root) {
      auto made = Make(Spec(CertificateKind::kRoot, "Relaywatch CA of " + Short(), now_, kRootLife),
                       nullptr, root_file_);
      if (!made.ok()) return made;
      *root = *std::move(made);
    }
    auto written = ReplaceFile(files_.ca, x509::ToPem((*root)->certificate()), 0644);
    if (!written.ok()) return written;
    return **std::move(root);
  }

  const PkiSettings& settings_;
  const std::int64_t now_;
  const std::string root_file_;
  const PkiFiles files_;
};

}  // namespace

PkiFiles PkiFilesIn(const std::string& directory) {
  return {directory + "/collector.pem", directory + "/ca.pem", directory + "/issuer.pem"};
}

absl::StatusOr<PkiFiles> PreparePki(const PkiSettings& settings, std::int64_t now) {
  std::error_code error;
  std::filesystem::create_directories(settings.directory, error);
  if (error) {
    return absl::ErrnoToStatus(error.value(), fmt::format("create {}", settings.directory));
  }
  chmod(settings.directory.c_str(), 0700);
  return Pki(settings, now).Prepare();
}

}  // namespace relaywatch::collector
