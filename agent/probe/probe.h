// One probe: talks to a mail server the way a client does, stops before any mail is sent, and
// reports what it saw. The way of a dialogue is the order of v1::Stage:
//   resolve ▶ connect ▶ banner ▶ EHLO ▶ STARTTLS ▶ TLS ▶ EHLO ▶ MAIL ▶ RCPT ▶ (AUTH ▶ MAIL ▶ RCPT)
//   ▶ QUIT
// A failed probe is data, never an error: Run always yields a report.
// Confined to the thread of its io_context; thousands may be in flight.
#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/probe/address_filter.h"
#include "agent/probe/credentials.h"
#include "agent/probe/incoming_server.h"
#include "common/taxonomy.h"
#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::probe {

class Resolver;
class TlsContext;

enum class AddressFamily { kAny, kIpv4, kIpv6 };

// Which of the resolved addresses are probed.
enum class Addresses {
  kFirstThatConnects,  // as a client does; at most two connections
  kAll,                // each by itself, one report each
};

// Addresses for MAIL and RCPT; empty ones are not tested. DATA never follows.
struct RelayTest {
  std::string from;
  std::string own;
  std::string foreign;
};

// Deadlines and ceilings against hostile servers. Deadlines run on the steady clock, whatever
// trickles in; `dialogue` bounds the whole of it.
struct Limits {
  std::chrono::milliseconds resolve{10'000};
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds banner{30'000};
  std::chrono::milliseconds reply{20'000};
  std::chrono::milliseconds tls{10'000};
  std::chrono::milliseconds dialogue{60'000};
  std::size_t max_line_bytes = 2'048;
  std::size_t max_reply_lines = 128;
  std::size_t max_reply_bytes = 32 * 1024;
  std::size_t max_dialogue_bytes = 256 * 1024;
};

// Looks again and again after that login, until relaying is refused as before it or `duration` has
// passed since; 0: not at all. Each look is a dialogue of its own.
struct PopWindowWatch {
  std::chrono::milliseconds duration{0};
  std::chrono::milliseconds first_pause{1'000};  // the next ones are longer
};

struct Request {
  std::string host;  // DNS name or address literal without brackets
  std::uint16_t port = 0;
  v1::Protocol protocol = v1::PROTOCOL_SMTP;  // UNSPECIFIED: by port
  v1::Security security = v1::SECURITY_AUTO;  // UNSPECIFIED: by port
  std::string server_name;                    // SNI and the name to verify; empty: host
  std::string source;                         // local address to bind; empty: the system's choice
  std::string ehlo_name;                      // empty: the host's FQDN, else an address literal
  AddressFamily family = AddressFamily::kAny;
  Addresses addresses = Addresses::kFirstThatConnects;
  // Holds for every connection of the probe, to the incoming server too; none: any address.
  std::shared_ptr<const AddressFilter> address_filter;
  RelayTest relay_test;
  // Logs in, inside verified TLS; none: no login. The gate may forbid it; none: nothing does.
  std::shared_ptr<const Credentials> credentials;
  std::shared_ptr<LoginGate> login_gate;
  // The mechanism to send where AUTH is not announced: with credentials it logs in, else it is
  // cancelled. Empty: nothing is sent.
  std::string blind_mechanism;
  // RCPT, login there, RCPT in a new dialogue (at most four connections). Needs credentials and a
  // relay test; the login is spent there.
  std::optional<IncomingServer> pop_before_smtp;
  PopWindowWatch pop_window;
  v1::RelayExpectation relay_expectation = v1::RELAY_EXPECTATION_UNSPECIFIED;
  Limits limits;
  bool keep_transcript = false;
};

struct TranscriptLine {
  enum class From { kClient, kServer, kNote };  // a note: "TLSv1.3 begins", "connection reset"
  From from = From::kNote;
  std::chrono::microseconds at{0};  // since the start of the probe
  std::string line;                 // printable, without its line ending
};

// Time spent in each stage by StageIndex; at least 1 µs where the stage ran, 0 where it did not.
using StageTimings = std::array<std::chrono::microseconds, kStageCount>;

// How long after a login at the incoming server relaying is open.
struct PopWindow {
  std::chrono::seconds open{0};  // still open after so long
  std::optional<std::chrono::seconds>
      closed;  // closed again after so long; none: not seen to close
};

struct Report {
  std::string address;        // connected to (or tried), textual; empty where there was none
  std::string local_address;  // our end of the connection; empty where there was none
  std::int64_t wall_ms = 0;   // start, milliseconds since the epoch
  std::int64_t boot_ms = 0;   // the same instant on CLOCK_BOOTTIME
  v1::Facts facts;            // as seen; not normalised
  StageTimings timings{};
  std::chrono::microseconds total{0};
  std::optional<PopWindow> pop_window;  // where it was watched
  std::vector<TranscriptLine> transcript;
  // Addresses that the filter refused; others of the same name may have been probed.
  std::vector<ForbiddenAddress> forbidden;
  // The filter left no address: nothing was sent, and the facts say nothing about the server.
  bool untried = false;
};

// Security for SECURITY_AUTO resolved by port: 465, 993, 995 are TLS; others stay AUTO.
v1::Security DefaultSecurity(std::uint16_t port);
// 110, 995: POP3; 143, 993: IMAP; others: SMTP.
v1::Protocol DefaultProtocol(std::uint16_t port);

class PopWindowTracker;

class Prober {
 public:
  // All three must outlive every running probe.
  Prober(asio::io_context& io, Resolver& resolver, TlsContext& tls);

  // One report, or with Addresses::kAll one for each address in the resolver's order (RFC 6724).
  // `request` is copied into the coroutine. Never throws for anything a peer does.
  asio::awaitable<std::vector<Report>> Run(Request request);

 private:
  // Two more dialogues, added to the report of the first.
  asio::awaitable<void> RunAfterPopLogin(const Request& request, Report& report);
  asio::awaitable<void> WatchPopWindow(const Request& request, PopWindowTracker tracker,
                                       Report& report);

  asio::io_context& io_;
  Resolver& resolver_;
  TlsContext& tls_;
};

}  // namespace relaywatch::probe
