// The configuration file of relaywatch-demo-mail, strict as those of the daemons:
//
//   name: mail.example.com
//   identity: demo-mail.pem          # private key and certificate chain; relative to this file
//   own_domains: [example.com]       # recipients there need no relaying
//   listeners:
//     - {address: 127.0.9.1, port: 25, security: starttls}      # or tls
//   rules:                           # the first that matches decides
//     - client: 127.0.1.0/24
//       port: 25                     # default: every
//       greeting: "554 no"           # default: 220
//       starttls: true
//       auth: {plain: [], tls: [LOGIN, PLAIN]}
//       relay: refused               # or accepted
//       faults: [{at: ehlo, kind: delay, delay: 2s, text: ""}]
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tests/support/mail/server.h"

namespace relaywatch::support {

// NotFound or PermissionDenied where a file cannot be read, InvalidArgument naming file, line and
// key.
absl::StatusOr<MailServerConfig> LoadMailServerConfig(const std::string& file);

}  // namespace relaywatch::support
