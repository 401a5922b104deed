// Captive portals, recognised by what probes see anyway; nothing is sent to find one. A portal
// answers in everybody's place until its user has paid or agreed:
//   HTTP          on a mail port, or in answer to a TLS hello
//   one address   a private one, for names that have nothing to do with each other, or of which one
//                 had a public address before
//   one certificate  that does not verify, for such names
// What looks like one but is none: a web server on a mail port, or a mail server with many names
// and a certificate of its own making. Hence a server that speaks its protocol (and proves its
// name, where it is asked) says that there is no portal for a while, and ends one that there was.
//
// While there is one, results are marked that no server has proven to be its own.
// Times are on the steady clock. Confined to the agent's thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "agent/schedule/service.h"

namespace relaywatch::agent {

class PortalDetector {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Takes the report into account. True: it tells of a portal, not of the server.
  bool Judge(const Service& service, const probe::Report& report, Time now);
  // Nothing that was seen before tells of the network that we are in now.
  void NetworkChanged();

  // Of the last Judge: what gave the portal away, in words; empty: there is none.
  const std::string& sign() const { return sign_; }

 private:
  struct Host {
    std::string address;      // private, where it was seen last
    std::string certificate;  // that did not verify
    bool was_public = false;
  };

  std::string FindSign(const std::string& name, const probe::Report& report) const;
  std::string SharedWith(const std::string& name, std::string Host::*trait) const;
  void Observe(const std::string& name, const probe::Report& report);

  std::map<std::string, Host> hosts_;
  std::string sign_;
  Time sign_counts_until_{};
  Time proof_counts_until_{};
};

}  // namespace relaywatch::agent
