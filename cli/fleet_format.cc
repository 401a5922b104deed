#include "cli/fleet_format.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/csv.h"
#include "cli/table.h"
#include "cli/time_text.h"

namespace relaywatch::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* StateName(v1::TokenState state) {
  switch (state) {
    case v1::TOKEN_STATE_VALID:
      return "valid";
    case v1::TOKEN_STATE_USED_UP:
      return "used_up";
    case v1::TOKEN_STATE_EXPIRED:
      return "expired";
    case v1::TOKEN_STATE_REVOKED:
      return "revoked";
    default:
      return "unknown";
  }
}

std::string OrDash(const std::string& text) { return text.empty() ? "-" : text; }

std::string Csv(const Rows& rows) {
  std::string out;
  for (const auto& row : rows) out += CsvRecord(row);
  return out;
}

Rows TokenRows(const v1::ListTokensResponse& tokens, bool text) {
  Rows rows{{"id", "location", "state", "used", "uses", "created_at", "expires_at"}};
  for (const v1::Token& token : tokens.tokens()) {
    rows.push_back({token.id(), text ? OrDash(token.location()) : token.location(),
                    StateName(token.state()), std::to_string(token.used()),
                    std::to_string(token.uses()), TimeText(token.created_at(), ""),
                    TimeText(token.expires_at(), "")});
  }
  return rows;
}

Json TokenObjects(const v1::ListTokensResponse& tokens) {
  Json objects = Json::array();
  for (const v1::Token& token : tokens.tokens()) {
    objects.push_back({{"id", token.id()},
                       {"location", token.location()},
                       {"state", StateName(token.state())},
                       {"used", token.used()},
                       {"uses", token.uses()},
                       {"created_at", TimeJson(token.created_at())},
                       {"expires_at", TimeJson(token.expires_at())}});
  }
  return objects;
}

std::string Seconds(std::int64_t milliseconds) {
  return fmt::format("{:.3f}", static_cast<double>(milliseconds) / 1000);
}

Rows AgentTable(const v1::ListAgentsResponse& agents) {
  Rows rows{{"agent", "host", "location", "state", "last seen", "certificate until", "queued",
             "version"}};
  for (const v1::AgentInfo& agent : agents.agents()) {
    rows.push_back({agent.agent(), OrDash(agent.host_name()), agent.location(), agent.state(),
                    TimeText(agent.last_seen(), "-"), TimeText(agent.certificate_not_after(), "-"),
                    agent.has_status() ? std::to_string(agent.status().queued_results()) : "-",
                    OrDash(agent.version())});
  }
  return rows;
}

Rows AgentRecords(const v1::ListAgentsResponse& agents) {
  Rows rows{{"agent", "host_name", "location", "state", "last_seen", "certificate_not_after",
             "revoked_at", "version", "clock_offset_s", "plan_revision", "refusals",
             "queued_results"}};
  for (const v1::AgentInfo& agent : agents.agents()) {
    rows.push_back({agent.agent(), agent.host_name(), agent.location(), agent.state(),
                    TimeText(agent.last_seen(), ""), TimeText(agent.certificate_not_after(), ""),
                    TimeText(agent.revoked_at(), ""), agent.version(),
                    Seconds(agent.clock_offset_ms()), std::to_string(agent.plan_revision()),
                    std::to_string(agent.refusals_size()),
                    agent.has_status() ? std::to_string(agent.status().queued_results()) : ""});
  }
  return rows;
}

Json StatusObject(const v1::AgentInfo& agent) {
  if (!agent.has_status()) return nullptr;
  const v1::AgentStatus& status = agent.status();
  return {{"queued_results", status.queued_results()},
          {"queue_capacity", status.queue_capacity()},
          {"spool_bytes", status.spool_bytes()},
          {"spool_error", status.spool_error()},
          {"probes_in_flight", status.probes_in_flight()},
          {"policy_refused_probes", status.policy_refused_probes()}};
}

Json AgentObjects(const v1::ListAgentsResponse& agents) {
  Json objects = Json::array();
  for (const v1::AgentInfo& agent : agents.agents()) {
    Json refusals = Json::array();
    for (const v1::PlanRefusal& refusal : agent.refusals()) {
      refusals.push_back({{"endpoint", refusal.endpoint()},
                          {"port", refusal.port()},
                          {"reason", refusal.reason()}});
    }
    objects.push_back({{"agent", agent.agent()},
                       {"host_name", agent.host_name()},
                       {"location", agent.location()},
                       {"state", agent.state()},
                       {"last_seen", TimeJson(agent.last_seen())},
                       {"certificate_not_after", TimeJson(agent.certificate_not_after())},
                       {"revoked_at", TimeJson(agent.revoked_at())},
                       {"version", agent.version()},
                       {"clock_offset_ms", agent.clock_offset_ms()},
                       {"plan_revision", agent.plan_revision()},
                       {"refusals", std::move(refusals)},
                       {"status", StatusObject(agent)}});
  }
  return objects;
}

}  // namespace

std::string Formatted(const v1::CreateTokenResponse& token, const std::string& location,
                      Output output) {
  if (output == Output::kText) return token.token() + "\n";
  if (output == Output::kCsv) {
    return Csv({{"id", "token", "location", "expires_at"},
                {token.id(), token.token(), location, TimeText(token.expires_at(), "")}});
  }
  return RenderJson(Json::array({{{"id", token.id()},
                                  {"token", token.token()},
                                  {"location", location},
                                  {"expires_at", TimeJson(token.expires_at())}}}),
                    output);
}

std::string Formatted(const v1::ListTokensResponse& tokens, Output output) {
  if (output == Output::kText && tokens.tokens().empty()) return "no tokens\n";
  if (output == Output::kText) return RenderColumns(TokenRows(tokens, true));
  if (output == Output::kCsv) return Csv(TokenRows(tokens, false));
  return RenderJson(TokenObjects(tokens), output);
}

std::string Formatted(const v1::ListAgentsResponse& agents, Output output) {
  if (output == Output::kText && agents.agents().empty()) return "no agents\n";
  if (output == Output::kText) return RenderColumns(AgentTable(agents));
  if (output == Output::kCsv) return Csv(AgentRecords(agents));
  return RenderJson(AgentObjects(agents), output);
}

}  // namespace relaywatch::cli
