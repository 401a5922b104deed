// A laptop that moves: a network namespace of its own, tied to the caller's (a PrivateNetwork's) by
// three links. In the caller's stand 192.0.2.10, for a mail server, and 192.0.2.20, for a
// collector.
//
//   office  eth0   10.1.0.2, gateway 10.1.0.1
//   VPN     tun0   10.8.0.2, gateway 10.8.0.1; beneath it wlan0
//   home    wlan0  10.3.0.2, gateway 10.3.0.1
//
// Needs root. Confined to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace relaywatch::e2e {

class Laptop {
 public:
  Laptop();  // at the office

  // What failed so far; empty: nothing.
  const std::string& error() const { return error_; }
  // Before the command line of a program that is to run on it.
  std::vector<std::string> Wrapper() const;

  void ConnectToVpn();
  void GoHome();

 private:
  void Run(std::vector<std::string> wrapper, const std::string& script);

  support::Process life_;  // holds the namespace
  std::string error_;
};

}  // namespace relaywatch::e2e
