// One recorded dialogue with a mail server and what each client profile makes of it: the files
// under tests/transcripts (format in the README there). Reading is strict: what the format does not
// know is an error with its line. Values; thread-compatible.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "relaywatch/v1/taxonomy.pb.h"

namespace relaywatch::support {

struct TranscriptStep {
  enum class Kind {
    kServer,  // text: one line without its ending
    kClient,  // text: the line that must come
    kRaw,     // text: bytes as they are, escapes already resolved
    kTls,     // a handshake from the client
    kClose,   // end of file
    kReset,   // TCP RST
    kSilence  // until the client is gone
  };
  Kind kind = Kind::kServer;
  std::string text;
  int line = 0;  // in the file
};

// What stands in for a server that cannot be talked to.
enum class TranscriptNetwork {
  kServer,
  kRefused,
  kUnreachable,
  kFullBacklog,
  kNoAddress,
  kDnsSilent
};

enum class TranscriptCertificate {
  kGood,
  kExpired,
  kNotYetValid,
  kWrongName,
  kSelfSigned,
  kUntrusted,
  kOldTlsOnly,  // a good one, but nothing newer than TLS 1.1
};

struct Transcript {
  std::string server;  // family, version, configuration
  v1::Protocol protocol = v1::PROTOCOL_SMTP;
  std::uint32_t port = 25;  // by convention; replayed on any
  v1::Security security = v1::SECURITY_AUTO;
  bool tests_own = false;
  bool tests_foreign = false;
  bool logs_in = false;
  std::string mechanism;  // the only one to log in by; empty: by what is offered
  v1::RelayExpectation expectation = v1::RELAY_EXPECTATION_UNSPECIFIED;
  TranscriptCertificate certificate = TranscriptCertificate::kGood;
  TranscriptNetwork network = TranscriptNetwork::kServer;
  std::map<std::string, std::string> expected;  // "*" for the profiles not named
  std::vector<TranscriptStep> steps;
};

// InvalidArgument "FILE:LINE: what"; NotFound for a file that cannot be read.
absl::StatusOr<Transcript> LoadTranscript(const std::string& file);
absl::StatusOr<Transcript> ParseTranscript(const std::string& text, const std::string& name);

}  // namespace relaywatch::support
