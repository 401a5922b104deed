#include "cli/changes_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "cli/time_option.h"
#include "common/clock.h"
#include "relaywatch/v1/admin.grpc.pb.h"
#include "relaywatch/v1/query.grpc.pb.h"

namespace relaywatch::cli {
namespace {

constexpr std::uint32_t kPage = 500;

// False after telling on standard error why `text` is no time.
bool SetTime(const char* option, const std::string& text, google::protobuf::Timestamp& time) {
  const auto parsed = ParseTimeOption(option, text, SystemClock().Now().wall_ms);
  if (parsed.ok()) {
    time = *parsed;
  } else {
    fmt::print(stderr, "relaywatch changes: {}\n", std::string(parsed.status().message()));
  }
  return parsed.ok();
}

std::optional<v1::ChangesRequest> RequestOf(const ChangesOptions& options) {
  v1::ChangesRequest request;
  v1::Filter& filter = *request.mutable_filter();
  for (const auto& location : options.locations) filter.add_locations(location);
  for (const auto& endpoint : options.endpoints) filter.add_endpoints(endpoint);
  for (const auto port : options.ports) filter.add_ports(port);
  for (const auto& agent : options.agents) filter.add_agents(agent);
  for (const auto& kind : options.kinds) request.add_kinds(kind);
  request.set_undecided(options.all);
  const bool is_timed =
      (options.since.empty() || SetTime("--since", options.since, *filter.mutable_since())) &&
      (options.until.empty() || SetTime("--until", options.until, *filter.mutable_until()));
  return is_timed ? std::optional(std::move(request)) : std::nullopt;
}

std::string Formatted(const v1::ChangesResponse& response, Output output) {
  if (output == Output::kText) return ChangesText(response);
  if (output == Output::kCsv) return ChangesCsv(response);
  return ChangesJson(response, output);
}

// Page by page, up to the limit.
int Fetch(const CollectorLink& link, v1::ChangesRequest& request, std::uint32_t limit,
          v1::ChangesResponse& all) {
  const auto stub = v1::Query::NewStub(link.channel());
  do {
    request.set_limit(std::min(kPage, limit - static_cast<std::uint32_t>(all.changes_size())));
    v1::ChangesResponse page;
    const auto context = link.Context();
    const int code = link.ExitCode(stub->Changes(context.get(), request, &page));
    if (code != kExitOk) return code;
    request.set_page_token(page.next_page_token());
    all.MergeFrom(page);
  } while (!request.page_token().empty() && static_cast<std::uint32_t>(all.changes_size()) < limit);
  all.set_next_page_token(request.page_token());
  return kExitOk;
}

int ListChanges(const ChangesOptions& options) {
  auto request = RequestOf(options);
  if (!request) return kExitUsage;
  const auto link = CollectorLink::OpenForQuestions("changes", options.collector);
  if (!link) return kExitUsage;
  v1::ChangesResponse response;
  const int code = Fetch(*link, *request, options.limit, response);
  if (code != kExitOk) return code;
  Print(Formatted(response, link->output()));
  if (!response.next_page_token().empty()) {
    fmt::print(stderr, "relaywatch changes: there are more than {}: see --limit and --since\n",
               options.limit);
  }
  return kExitOk;
}

int AcceptChange(const ChangesOptions& options) {
  const auto link = CollectorLink::Open("changes accept", options.collector);
  if (!link) return kExitUsage;
  v1::AcceptChangeRequest request;
  request.set_id(options.id);
  request.set_reason(options.reason);
  v1::AcceptChangeResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->AcceptChange(context.get(), request, &response));
  if (code == kExitOk) fmt::print(stderr, "change {} is accepted\n", options.id);
  return code;
}

}  // namespace

void AddChangesCommand(CLI::App& app, ChangesOptions& options) {
  CLI::App& changes = *app.add_subcommand("changes", "whose rule changed, when, from what to what");
  changes.require_subcommand(0, 1);
  changes.add_option("--location", options.locations, "only this location, repeatable");
  changes.add_option("--endpoint", options.endpoints, "only this endpoint, repeatable");
  changes.add_option("--port", options.ports, "only this port, repeatable");
  changes.add_option("--agent", options.agents, "only what this agent saw, repeatable");
  changes.add_option("--kind", options.kinds,
                     "only auth_offer, relay, tls, reachability, interception or certificate, "
                     "repeatable");
  changes.add_option("--since", options.since, "a time (RFC 3339), or how long ago, such as 2h");
  changes.add_option("--until", options.until, "the same");
  changes.add_flag("--all", options.all, "probable and cancelled ones as well");
  changes.add_option("--limit", options.limit, "the newest so many")
      ->capture_default_str()
      ->check(CLI::Range(1U, 1'000'000U));
  CLI::App& accept = *changes.add_subcommand("accept", "what a change brought shall be so");
  accept.add_option("ID", options.id, "as `changes` shows it")->required();
  accept.add_option("--reason", options.reason, "for the audit");
  AddQuestionOptions(changes, options.collector);
  AddCollectorOptions(accept, options.collector);
}

int RunChanges(const CLI::App& app, const ChangesOptions& options) {
  const CLI::App& changes = *app.get_subcommand("changes");
  return changes.got_subcommand("accept") ? AcceptChange(options) : ListChanges(options);
}

}  // namespace relaywatch::cli
