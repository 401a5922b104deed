// Commands and whole replies over a connection, for every protocol: the one place where replies are
// read. Writes the transcript; what a fault means for the dialogue is the caller's to record.
// All references must outlive it. Confined to the thread of its dialogue.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/probe/command.h"
#include "agent/probe/connection.h"
#include "agent/probe/credential_line.h"
#include "agent/probe/probe.h"
#include "agent/probe/recorder.h"
#include "agent/probe/reply_parser.h"

namespace relaywatch::probe {

class Exchange {
 public:
  Exchange(Connection& connection, Recorder& recorder, const Limits& limits);

  // Reads one whole reply within `limit`.
  asio::awaitable<Fault> Read(ReplyParser& parser, std::chrono::milliseconds limit);
  // Sends one command; LOCAL where the argument cannot be sent in it.
  asio::awaitable<Fault> Send(Verb verb, std::string_view argument);
  // The only way out for a credential; the transcript gets what may be shown of it.
  asio::awaitable<Fault> SendCredential(const CredentialLine& line);

  // Whether bytes are there that no command asked for, and what they are. Does not wait; an end of
  // file or a reset is kept for the next command.
  bool HasUnasked();
  std::string_view unread() const { return unread_; }

  ReplyLimits reply_limits() const;

 private:
  Fault Pump(ReplyParser& parser);
  void Transcribe(std::vector<std::string>& lines);

  Connection& connection_;
  Recorder& recorder_;
  const Limits& limits_;
  std::string unread_;  // received behind the last reply
  Fault lost_;          // the connection was found lost while nothing was asked
};

}  // namespace relaywatch::probe
