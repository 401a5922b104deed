#include "common/identity/identity.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <string_view>

#include "common/clock.h"
#include "common/file.h"
#include "common/identity/x509.h"

namespace relaywatch {
namespace {

// The key must not be readable by other users of the host.
absl::Status CheckMode(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) {
    return absl::ErrnoToStatus(errno, fmt::format("read {}", file));
  }
  if ((status.st_mode & (S_IROTH | S_IWOTH)) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("{}: mode {:04o} lets other users at the private key; chmod 600 it", file,
                  status.st_mode & 07777));
}

absl::Status CheckPeriod(const std::string& file, const X509* leaf, std::int64_t now) {
  const std::int64_t not_before = x509::NotBefore(leaf);
  const std::int64_t not_after = x509::NotAfter(leaf);
  if (now >= not_after) {
    return absl::FailedPreconditionError(
        fmt::format("{}: the certificate expired at {}", file, FormatRfc3339(not_after * 1000)));
  }
  if (now < not_before) {
    return absl::FailedPreconditionError(fmt::format("{}: the certificate is not valid before {}",
                                                     file, FormatRfc3339(not_before * 1000)));
  }
  return absl::OkStatus();
}

absl::Status ReadLeaf(const std::string& file, const std::string& pem, std::int64_t now,
                      Identity& identity) {
  const auto bad = [&](std::string_view why) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", file, why));
  };
  const x509::Key key = x509::ReadKey(pem);
  if (!key) return bad("no private key in it (PEM, without a passphrase)");
  if (auto mode = CheckMode(file); !mode.ok()) return mode;
  const auto chain = x509::ReadCertificates(pem);
  if (chain.empty()) return bad("no certificate in it (PEM)");
  X509* leaf = chain.front().get();
  if (!x509::Belongs(leaf, key.get()))
    return bad("the private key does not belong to the first certificate");
  const auto uris = x509::UriNames(leaf);
  if (uris.size() > 1) return bad("the certificate has more than one URI name");
  if (auto period = CheckPeriod(file, leaf, now); !period.ok()) return period;
  identity.key_pem = x509::ToPem(key.get());
  identity.chain_pem = x509::ToPem(chain);
  identity.uri = uris.empty() ? "" : uris.front();
  identity.not_after = x509::NotAfter(leaf);
  return absl::OkStatus();
}

// Empty: `uri` does not begin so, or what follows is no name.
std::string_view NameAfter(std::string_view prefix, std::string_view uri) {
  if (!uri.starts_with(prefix)) return {};
  const std::string_view name = uri.substr(prefix.size());
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return name.size() <= 64 && std::all_of(name.begin(), name.end(), plain) ? name
                                                                           : std::string_view();
}

}  // namespace

absl::StatusOr<Identity> LoadIdentity(const std::string& identity_file, const std::string& ca_file,
                                      std::int64_t now) {
  auto pem = ReadFile(identity_file);
  if (!pem.ok()) return pem.status();
  Identity identity;
  if (auto leaf = ReadLeaf(identity_file, *pem, now, identity); !leaf.ok()) return leaf;

  auto ca = ReadFile(ca_file);
  if (!ca.ok()) return ca.status();
  const auto authorities = x509::ReadCertificates(*ca);
  if (authorities.empty()) {
    return absl::InvalidArgumentError(fmt::format("{}: no certificate in it (PEM)", ca_file));
  }
  identity.ca_pem = x509::ToPem(authorities);
  return identity;
}

absl::Status CheckIdentityFile(const std::string& identity_file, std::int64_t now) {
  auto pem = ReadFile(identity_file);
  if (!pem.ok()) return pem.status();
  Identity identity;
  return ReadLeaf(identity_file, *pem, now, identity);
}

std::string UriOf(Role role, std::string_view deployment, std::string_view name) {
  return fmt::format("spiffe://{}/{}/{}", deployment, role == Role::kAgent ? "agent" : "operator",
                     name);
}

absl::StatusOr<std::string> NameFromUri(std::string_view uri, std::string_view deployment,
                                        Role role) {
  const auto name = NameAfter(UriOf(role, deployment, ""), uri);
  if (!name.empty()) return std::string(name);
  const bool wants_agent = role == Role::kAgent;
  const Role other = wants_agent ? Role::kOperator : Role::kAgent;
  const bool is_other = !NameAfter(UriOf(other, deployment, ""), uri).empty();
  return absl::InvalidArgumentError(
      fmt::format("\"{}\" is {}not an {} of this deployment ({})", uri,
                  !is_other     ? ""
                  : wants_agent ? "an operator, "
                                : "an agent, ",
                  wants_agent ? "agent" : "operator", UriOf(role, deployment, "NAME")));
}

}  // namespace relaywatch
