#include "agent/enrollment/identity_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "common/durable_file.h"
#include "common/file.h"
#include "common/identity/key.h"

namespace relaywatch::agent {
namespace {

absl::Status Check(EVP_PKEY* key, const v1::IssuedCertificate& issued) {
  const auto chain = x509::ReadCertificates(issued.chain_pem());
  if (chain.empty() || !x509::Belongs(chain.front().get(), key)) {
    return absl::InternalError("the collector sent a certificate that is not for our key");
  }
  if (x509::UriNames(chain.front().get()).size() != 1 ||
      x509::ReadCertificates(issued.ca_pem()).empty()) {
    return absl::InternalError("the collector sent a certificate without a name, or no CA");
  }
  return absl::OkStatus();
}

}  // namespace

bool IdentityStore::HasIdentity() const {
  std::error_code error;
  return std::filesystem::exists(identity_file(), error);
}

absl::StatusOr<Identity> IdentityStore::Read() const {
  const auto pem = ReadFile(identity_file());
  if (!pem.ok()) return pem.status();
  const auto chain = x509::ReadCertificates(*pem);
  if (chain.empty()) {
    return absl::InvalidArgumentError(fmt::format("{}: no certificate in it", identity_file()));
  }
  // By the rules for an identity in use, as of a moment when this one was.
  return LoadIdentity(identity_file(), ca_file(), x509::NotAfter(chain.front().get()) - 1);
}

absl::StatusOr<x509::Key> IdentityStore::EnrollingKey() const {
  if (auto made = MakeDirectory(directory_, 0700); !made.ok()) return made;
  const std::string file = directory_ + "/enrolling.key";
  if (const auto pem = ReadFile(file); pem.ok()) {
    if (auto key = x509::ReadKey(*pem)) return key;
  }
  auto key = MakeKey();
  if (!key.ok()) return key;
  auto written = ReplaceFile(file, x509::ToPem(key->get()), 0600);
  if (!written.ok()) return written;
  return key;
}

absl::Status IdentityStore::Write(EVP_PKEY* key, const v1::IssuedCertificate& issued) const {
  if (auto checked = Check(key, issued); !checked.ok()) return checked;
  // The CA first: an identity without one would be of no use.
  if (auto ca = ReplaceFile(ca_file(), issued.ca_pem(), 0644); !ca.ok()) return ca;
  const std::string pem = x509::ToPem(key) + issued.chain_pem();
  if (auto written = ReplaceFile(identity_file(), pem, 0600); !written.ok()) return written;
  unlink((directory_ + "/enrolling.key").c_str());
  return absl::OkStatus();
}

}  // namespace relaywatch::agent
