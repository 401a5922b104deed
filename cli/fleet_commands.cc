#include "cli/fleet_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/fleet_format.h"
#include "common/clock.h"
#include "common/yaml/reader.h"
#include "relaywatch/v1/admin.grpc.pb.h"

namespace relaywatch::cli {
namespace {

int CreateToken(const FleetOptions& options) {
  const auto ttl = yaml::ParseDuration(options.ttl);
  if (!ttl) {
    fmt::print(stderr, "relaywatch token create: --ttl: \"{}\" is no duration such as 1h\n",
               options.ttl);
    return kExitUsage;
  }
  const auto link = CollectorLink::Open("token create", options.collector);
  if (!link) return kExitUsage;
  v1::CreateTokenRequest request;
  request.set_location(options.location);
  request.mutable_ttl()->set_seconds(
      std::chrono::duration_cast<std::chrono::seconds>(*ttl).count());
  request.set_uses(options.uses);
  v1::CreateTokenResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->CreateToken(context.get(), request, &response));
  if (code != kExitOk) return code;
  Print(Formatted(response, options.location, link->output()));
  fmt::print(stderr,
             "token {}: for {}, {} use(s), until {}. Keep it in a file of mode 0600 and name that "
             "in agent.yaml: enrollment.token_file\n",
             response.id(), options.location.empty() ? "any location" : options.location,
             options.uses, FormatRfc3339(response.expires_at().seconds() * 1000));
  return kExitOk;
}

int ListTokens(const FleetOptions& options) {
  const auto link = CollectorLink::Open("token list", options.collector);
  if (!link) return kExitUsage;
  v1::ListTokensResponse response;
  const auto context = link->Context();
  const int code =
      link->ExitCode(v1::Admin::NewStub(link->channel())->ListTokens(context.get(), {}, &response));
  if (code == kExitOk) Print(Formatted(response, link->output()));
  return code;
}

int RevokeToken(const FleetOptions& options) {
  const auto link = CollectorLink::Open("token revoke", options.collector);
  if (!link) return kExitUsage;
  v1::RevokeTokenRequest request;
  request.set_id(options.token_id);
  v1::RevokeTokenResponse response;
  const auto context = link->Context();
  return link->ExitCode(
      v1::Admin::NewStub(link->channel())->RevokeToken(context.get(), request, &response));
}

int ListAgents(const FleetOptions& options) {
  const auto link = CollectorLink::Open("agents", options.collector);
  if (!link) return kExitUsage;
  v1::ListAgentsRequest request;
  for (const auto& agent : options.agents) request.add_agents(agent);
  for (const auto& location : options.locations) request.add_locations(location);
  v1::ListAgentsResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->ListAgents(context.get(), request, &response));
  if (code == kExitOk) Print(Formatted(response, link->output()));
  return code;
}

int RevokeAgent(const FleetOptions& options) {
  const auto link = CollectorLink::Open("agent revoke", options.collector);
  if (!link) return kExitUsage;
  v1::RevokeAgentRequest request;
  request.set_agent(options.agent);
  request.set_reason(options.reason);
  v1::RevokeAgentResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->RevokeAgent(context.get(), request, &response));
  if (code == kExitOk) {
    fmt::print(stderr, "agent {} is revoked{}\n", options.agent,
               response.was_connected() ? "; its stream is being ended" : "");
  }
  return code;
}

}  // namespace

void AddFleetCommands(CLI::App& app, FleetOptions& options) {
  CLI::App& token = *app.add_subcommand("token", "what lets a new agent in, once");
  token.require_subcommand(1);
  CLI::App& create = *token.add_subcommand("create", "make one and print it, this once");
  create.add_option("--location", options.location, "agents that declare another one are refused");
  create.add_option("--ttl", options.ttl, "how long it is good for")->capture_default_str();
  create.add_option("--uses", options.uses, "how many agents it lets in")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  CLI::App& list = *token.add_subcommand("list", "all of them, the newest first");
  CLI::App& revoke = *token.add_subcommand("revoke", "make one useless");
  revoke.add_option("ID", options.token_id, "as `token list` shows it")->required();

  CLI::App& agents = *app.add_subcommand("agents", "every agent: where, how, since when");
  agents.add_option("--agent", options.agents, "only this name or host name, repeatable");
  agents.add_option("--location", options.locations, "only this location, repeatable");

  CLI::App& agent = *app.add_subcommand("agent", "one agent");
  agent.require_subcommand(1);
  CLI::App& refuse = *agent.add_subcommand("revoke", "end its streams and refuse it for good");
  refuse.add_option("NAME", options.agent, "as `relaywatch agents` shows it")->required();
  refuse.add_option("--reason", options.reason, "for the audit");
  for (CLI::App* command : {&create, &list, &revoke, &agents, &refuse}) {
    AddCollectorOptions(*command, options.collector);
  }
}

bool IsFleetCommand(const CLI::App& app) {
  return app.got_subcommand("token") || app.got_subcommand("agents") || app.got_subcommand("agent");
}

int RunFleetCommand(const CLI::App& app, const FleetOptions& options) {
  if (app.got_subcommand("agents")) return ListAgents(options);
  if (app.got_subcommand("agent")) return RevokeAgent(options);
  const CLI::App& token = *app.get_subcommand("token");
  if (token.got_subcommand("create")) return CreateToken(options);
  return token.got_subcommand("list") ? ListTokens(options) : RevokeToken(options);
}

}  // namespace relaywatch::cli
