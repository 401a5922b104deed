#include "collector/fleet/credentials.h"

#include <fmt/format.h>

#include <utility>

#include "collector/annotate.h"
#include "collector/fleet/pki.h"

namespace relaywatch::collector {
namespace {

std::string PkiDirectory(const Config& config) { return config.data_directory + "/pki"; }

absl::StatusOr<PkiFiles> FilesOf(const Config& config, std::int64_t now) {
  if (!config.UsesOwnPki()) return PkiFiles{config.identity, config.ca, config.issuer};
  return PreparePki({.directory = PkiDirectory(config),
                     .deployment = config.deployment,
                     .server_names = config.server_names},
                    now);
}

// Agents would turn away from it, and only they would say why.
absl::Status CheckForServer(const std::string& file, const Identity& identity) {
  const auto chain = x509::ReadCertificates(identity.chain_pem);
  if (X509_check_purpose(chain.front().get(), X509_PURPOSE_SSL_SERVER, 0) == 1) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(fmt::format(
      "{}: the certificate{} is not one for a server (extended key usage), so no agent trusts it",
      file, identity.uri.empty() ? "" : " of " + identity.uri));
}

// The enrolment listener shows its CA as well: an agent knows it by its hash only.
absl::Status AddCa(Credentials& credentials, std::int64_t now) {
  const auto chain = x509::ReadCertificates(credentials.identity.chain_pem);
  const auto roots = x509::ReadCertificates(credentials.identity.ca_pem);
  const auto root =
      x509::VerifyChain(chain.front().get(), chain, roots, now, X509_PURPOSE_SSL_SERVER);
  if (!root.ok()) {
    return Annotate(root.status(), "`ca` does not vouch for `identity`, so no token can pin it");
  }
  credentials.ca_pin = x509::PublicKeyHash(*root);
  credentials.enrollment = credentials.identity;
  credentials.enrollment.chain_pem += x509::ToPem(*root);
  return absl::OkStatus();
}

}  // namespace

std::string CaFile(const Config& config) {
  return config.UsesOwnPki() ? PkiFilesIn(PkiDirectory(config)).ca : config.ca;
}

absl::StatusOr<Credentials> LoadCredentials(const Config& config, std::int64_t now) {
  const auto files = FilesOf(config, now);
  if (!files.ok()) return files.status();
  auto identity = LoadIdentity(files->identity, files->ca, now);
  if (!identity.ok()) return identity.status();
  if (auto fit = CheckForServer(files->identity, *identity); !fit.ok()) return fit;
  Credentials credentials{.identity = *std::move(identity)};
  if (files->issuer.empty()) return credentials;
  auto authority = Authority::Load({.issuer_file = files->issuer,
                                    .ca_pem = credentials.identity.ca_pem,
                                    .deployment = config.deployment,
                                    .lifetime = config.certificate_lifetime},
                                   now);
  if (!authority.ok()) return authority.status();
  credentials.authority = std::make_shared<const Authority>(*std::move(authority));
  if (auto added = AddCa(credentials, now); !added.ok()) return added;
  return credentials;
}

}  // namespace relaywatch::collector
