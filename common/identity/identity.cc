#include "common/identity/identity.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/file.h"

namespace relaywatch {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> Open(const std::string& pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// An empty passphrase: a key that needs one must not make a daemon ask the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

std::vector<Owned<X509>> ReadCertificates(const std::string& pem) {
  std::vector<Owned<X509>> certificates;
  const auto bio = Open(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the file is reported as an error
  return certificates;
}

std::string ToPem(const std::vector<Owned<X509>>& certificates) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  for (const auto& certificate : certificates) PEM_write_bio_X509(bio.get(), certificate.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string ToPem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::vector<std::string> UriNames(X509* certificate) {
  std::vector<std::string> uris;
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

std::int64_t Seconds(const ASN1_TIME* time) {
  std::tm utc{};
  return ASN1_TIME_to_tm(time, &utc) == 1 ? static_cast<std::int64_t>(timegm(&utc)) : 0;
}

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
  const std::int64_t not_before = Seconds(X509_get0_notBefore(leaf));
  const std::int64_t not_after = Seconds(X509_get0_notAfter(leaf));
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
  const auto bio = Open(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (!key) return bad("no private key in it (PEM, without a passphrase)");
  if (auto mode = CheckMode(file); !mode.ok()) return mode;
  const auto chain = ReadCertificates(pem);
  if (chain.empty()) return bad("no certificate in it (PEM)");
  X509* leaf = chain.front().get();
  const bool belongs = X509_check_private_key(leaf, key.get()) == 1;
  ERR_clear_error();
  if (!belongs) return bad("the private key does not belong to the first certificate");
  const auto uris = UriNames(leaf);
  if (uris.size() > 1) return bad("the certificate has more than one URI name");
  if (auto period = CheckPeriod(file, leaf, now); !period.ok()) return period;
  identity.key_pem = ToPem(key.get());
  identity.chain_pem = ToPem(chain);
  identity.uri = uris.empty() ? "" : uris.front();
  identity.not_after = Seconds(X509_get0_notAfter(leaf));
  return absl::OkStatus();
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
  const auto authorities = ReadCertificates(*ca);
  if (authorities.empty()) {
    return absl::InvalidArgumentError(fmt::format("{}: no certificate in it (PEM)", ca_file));
  }
  identity.ca_pem = ToPem(authorities);
  return identity;
}

absl::StatusOr<std::string> AgentNameFromUri(const std::string& uri,
                                             const std::string& deployment) {
  const std::string prefix = fmt::format("spiffe://{}/agent/", deployment);
  const std::string_view name = std::string_view(uri).substr(std::min(uri.size(), prefix.size()));
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  if (!uri.starts_with(prefix) || name.empty() || name.size() > 64 ||
      !std::all_of(name.begin(), name.end(), plain)) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not an agent of this deployment ({}NAME)", uri, prefix));
  }
  return std::string(name);
}

}  // namespace relaywatch
