#include "cli/operator_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cli/operator_format.h"
#include "common/durable_file.h"
#include "common/identity/key.h"
#include "common/secret/secret.h"
#include "relaywatch/v1/admin.grpc.pb.h"

namespace relaywatch::cli {
namespace {

int Fail(const std::string& why, int code) {
  fmt::print(stderr, "relaywatch operator create: {}\n", why);
  return code;
}

void TellHowToUse(const std::string& file, const v1::CreateOperatorResponse& response) {
  fmt::print(stderr,
             "Give it to its owner with a copy of the collector's CA, {}:\n"
             "  relaywatch matrix --collector HOST:PORT --identity {} --ca {}\n",
             response.ca_file(), std::filesystem::path(file).filename().string(),
             std::filesystem::path(response.ca_file()).filename().string());
  if (response.listen().empty()) {
    fmt::print(stderr,
               "The collector does not serve operators yet: collector.yaml has no "
               "listen.operators\n");
  }
}

// The collector never sees the key, and no core dump holds it.
int Create(const OperatorOptions& options) {
  const std::string& file = options.identity;
  if (access(file.c_str(), F_OK) == 0) {
    return Fail(fmt::format("--identity: {} is there already; remove it first if it shall be "
                            "replaced",
                            file),
                kExitUsage);
  }
  // Before a certificate is made that would be lost.
  const auto parent = std::filesystem::path(file).parent_path() / ".";  // a directory, or an error
  if (access(parent.c_str(), W_OK | X_OK) != 0) {
    return Fail(fmt::format("--identity: {}: {}", file, std::strerror(errno)), kExitUsage);
  }
  const auto link = CollectorLink::Open("operator create", options.collector);
  if (!link) return kExitUsage;
  KeepMemoryPrivate();
  const auto key = MakeKey();
  if (!key.ok()) return Fail(std::string(key.status().message()), kExitNotOk);
  const auto csr = MakeRequest(key->get());
  if (!csr.ok()) return Fail(std::string(csr.status().message()), kExitNotOk);
  v1::CreateOperatorRequest request;
  request.set_name(options.name);
  request.set_csr(*csr);
  v1::CreateOperatorResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->CreateOperator(context.get(), request, &response));
  if (code != kExitOk) return code;
  auto written = ReplaceFile(file, x509::ToPem(key->get()) + response.chain_pem(), 0600);
  if (!written.ok()) return Fail(std::string(written.message()), kExitNotOk);
  Print(Formatted(response, options.name, file, link->output()));
  TellHowToUse(file, response);
  return kExitOk;
}

int List(const OperatorOptions& options) {
  const auto link = CollectorLink::Open("operator list", options.collector);
  if (!link) return kExitUsage;
  v1::ListOperatorsResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->ListOperators(context.get(), {}, &response));
  if (code == kExitOk) Print(Formatted(response, link->output()));
  return code;
}

int Revoke(const OperatorOptions& options) {
  const auto link = CollectorLink::Open("operator revoke", options.collector);
  if (!link) return kExitUsage;
  v1::RevokeOperatorRequest request;
  request.set_name(options.name);
  request.set_reason(options.reason);
  v1::RevokeOperatorResponse response;
  const auto context = link->Context();
  const int code = link->ExitCode(
      v1::Admin::NewStub(link->channel())->RevokeOperator(context.get(), request, &response));
  if (code == kExitOk) {
    fmt::print(stderr, "operator {} is revoked{}\n", options.name,
               response.was_known() ? "" : "; this collector never made a certificate for it");
  }
  return code;
}

}  // namespace

void AddOperatorCommands(CLI::App& app, OperatorOptions& options) {
  CLI::App& root = *app.add_subcommand("operator", "who may ask the collector over the network");
  root.require_subcommand(1);
  CLI::App& create = *root.add_subcommand("create", "make a key and have a certificate signed");
  create.add_option("NAME", options.name, "a person or a program")->required();
  create.add_option("--identity", options.identity, "the file to write key and certificate to")
      ->required();
  CLI::App& list = *root.add_subcommand("list", "all of them, by name");
  CLI::App& revoke = *root.add_subcommand("revoke", "refuse the name's certificates for good");
  revoke.add_option("NAME", options.name, "as `operator list` shows it")->required();
  revoke.add_option("--reason", options.reason, "for the audit");
  for (CLI::App* command : {&create, &list, &revoke}) {
    AddCollectorOptions(*command, options.collector);
  }
}

int RunOperatorCommand(const CLI::App& app, const OperatorOptions& options) {
  const CLI::App& root = *app.get_subcommand("operator");
  if (root.got_subcommand("create")) return Create(options);
  return root.got_subcommand("list") ? List(options) : Revoke(options);
}

}  // namespace relaywatch::cli
