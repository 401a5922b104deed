// The deployment's own PKI, for those who bring none: made once in DATA_DIRECTORY/pki, renewed by
// itself, so that a newcomer needs no openssl.
//
//   root.pem (10 years) ─▶ issuer.pem (a year) ─┬▶ collector.pem (90 days, server)
//                                               └▶ agents' certificates (authority.h)
//
// root.pem is needed only when issuer.pem is made, so it may be kept elsewhere. Thread-compatible;
// one collector at a time has the directory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace relaywatch::collector {

struct PkiFiles {
  std::string identity;
  std::string ca;
  std::string issuer;
};

struct PkiSettings {
  std::string directory;
  std::string deployment;
  std::vector<std::string> server_names;  // DNS names and addresses
};

// The files' names; makes nothing.
PkiFiles PkiFilesIn(const std::string& directory);

// Makes what is missing, and makes anew what has less than a third of its life left, or is for
// other names. FailedPrecondition where a file is there that is none of ours or the root is missing
// that others depend on; errors of the file system with the file's name.
absl::StatusOr<PkiFiles> PreparePki(const PkiSettings& settings, std::int64_t now);

}  // namespace relaywatch::collector
