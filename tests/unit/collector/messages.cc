#include "tests/unit/collector/messages.h"

namespace relaywatch::collector::testing {
namespace {

constexpr std::int64_t kWallMs = 1'790'000'000'000;  // 2026-09-21T14:13:20Z

void AddLines(v1::Capabilities& capabilities, bool starttls,
              const std::vector<std::string>& mechanisms) {
  for (const char* line : {"mail.example.com", "PIPELINING", "SIZE 52428800", "VRFY", "ETRN"}) {
    capabilities.add_lines(line);
  }
  if (starttls) capabilities.add_lines("STARTTLS");
  if (!mechanisms.empty()) {
    std::string line = "AUTH";
    for (const std::string& mechanism : mechanisms) line += " " + mechanism;
    capabilities.add_lines(line);
  }
  for (const char* line : {"ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"}) {
    capabilities.add_lines(line);
  }
}

void SetTls(v1::TlsSession& tls) {
  tls.set_version("TLSv1.3");
  tls.set_cipher("TLS_AES_256_GCM_SHA384");
  tls.set_sni("mail.example.com");
  v1::Certificate& certificate = *tls.mutable_certificate();
  certificate.set_subject("CN=mail.example.com");
  certificate.set_issuer("CN=R11,O=Let's Encrypt,C=US");
  certificate.set_not_after(kWallMs / 1000 + 60 * 86'400);
  for (const char* name : {"mail.example.com", "smtp.example.com", "imap.example.com"}) {
    certificate.add_names(name);
  }
}

void SetReply(v1::Reply& reply, std::uint32_t code, const char* enhanced, const char* text) {
  reply.set_code(code);
  reply.set_enhanced(enhanced);
  reply.set_text(text);
}

v1::Facts Target() {
  v1::Facts facts;
  facts.set_protocol(v1::PROTOCOL_SMTP);
  facts.set_security(v1::SECURITY_STARTTLS);
  facts.set_port(587);
  return facts;
}

}  // namespace

v1::Facts SubmissionFacts(const std::vector<std::string>& mechanisms) {
  v1::Facts facts = Target();
  facts.set_relay_expectation(v1::RELAY_EXPECTATION_REFUSED);
  facts.set_stage(v1::STAGE_RCPT);
  facts.set_ending(v1::ENDING_QUIT);
  SetReply(*facts.mutable_greeting(), 220, "", "mail.example.com ESMTP Postfix (Debian)");
  AddLines(*facts.mutable_plain(), true, {});
  facts.mutable_starttls()->set_offered(true);
  SetReply(*facts.mutable_starttls()->mutable_reply(), 220, "2.0.0", "Ready to start TLS");
  SetTls(*facts.mutable_tls());
  AddLines(*facts.mutable_tls_capabilities(), false, mechanisms);
  facts.mutable_anonymous()->mutable_own()->set_state(v1::CELL_STATE_ACCEPTED);
  v1::RelayCell& foreign = *facts.mutable_anonymous()->mutable_foreign();
  foreign.set_state(v1::CELL_STATE_REFUSED);
  foreign.set_at(v1::STAGE_RCPT);
  SetReply(*foreign.mutable_reply(), 454, "4.7.1", "<probe@example.net>: Relay access denied");
  return facts;
}

v1::Facts TimeoutFacts() {
  v1::Facts facts = Target();
  facts.set_stage(v1::STAGE_CONNECT);
  facts.set_ending(v1::ENDING_TIMEOUT);
  facts.set_failure(v1::FAILURE_CONNECT_TIMEOUT);
  facts.set_detail("Connection timed out");
  return facts;
}

v1::Path PathTo(std::uint32_t ref, const std::string& location, std::uint32_t port,
                const std::string& endpoint) {
  v1::Path path;
  path.set_ref(ref);
  path.set_location(location);
  path.set_endpoint(endpoint);
  path.set_host("mail.example.com");
  path.set_protocol(v1::PROTOCOL_SMTP);
  path.set_security(v1::SECURITY_STARTTLS);
  path.set_port(port);
  path.set_address("192.0.2.25");
  return path;
}

v1::AgentMessage HelloOf(std::uint64_t epoch, v1::Lane lane) {
  v1::AgentMessage message;
  v1::Hello& hello = *message.mutable_hello();
  hello.set_version("0.1.0");
  hello.set_boot_id(7);
  hello.set_wall_ms(kWallMs);
  hello.set_boot_ms(1'000'000);
  v1::EpochState& state = *hello.add_epochs();
  state.set_epoch(epoch);
  state.set_lane(lane);
  return message;
}

v1::Result ResultOf(std::uint32_t path, std::uint32_t outcome) {
  v1::Result result;
  result.set_path(path);
  result.set_outcome(outcome);
  result.set_wall_ms(kWallMs);
  result.set_boot_ms(1'000'500);
  for (const std::uint32_t us : {812, 640, 5210, 480, 390, 4750, 510, 0, 730, 1640, 220}) {
    result.add_stage_us(us);
  }
  return result;
}

v1::AgentMessage BatchOf(std::uint64_t epoch, std::uint64_t first_seq, int count, v1::Lane lane) {
  v1::AgentMessage message;
  v1::Batch& batch = *message.mutable_batch();
  batch.set_epoch(epoch);
  batch.set_first_seq(first_seq);
  batch.set_lane(lane);
  batch.set_boot_id(7);
  for (int i = 0; i < count; ++i) *batch.add_results() = ResultOf(1, 1);
  return message;
}

v1::AgentMessage FirstBatch(std::uint64_t epoch, std::uint64_t first_seq, int count,
                            const v1::Path& path, const v1::Facts& facts) {
  v1::AgentMessage message = BatchOf(epoch, first_seq, count);
  *message.mutable_batch()->add_paths() = path;
  v1::Outcome& outcome = *message.mutable_batch()->add_outcomes();
  outcome.set_ref(1);
  *outcome.mutable_facts() = facts;
  return message;
}

void AddGap(v1::AgentMessage& message, std::uint64_t first, std::uint64_t last,
            v1::GapReason reason) {
  v1::Gap& gap = *message.mutable_batch()->add_gaps();
  gap.set_first_seq(first);
  gap.set_last_seq(last);
  gap.set_reason(reason);
}

}  // namespace relaywatch::collector::testing
