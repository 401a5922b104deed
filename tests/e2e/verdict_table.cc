#include "tests/e2e/verdict_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/programs.h"

namespace relaywatch::e2e {
namespace {

std::vector<std::string> ArgumentsOf(const Row& row, std::uint16_t port,
                                     const std::string& ca_file) {
  std::vector<std::string> arguments = {"127.0.0.1:" + std::to_string(port),
                                        "--source",
                                        row.source,
                                        "--security",
                                        row.security,
                                        "--profile",
                                        row.profile,
                                        "--ca-file",
                                        ca_file};
  arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
  if (std::ranges::find(row.arguments, "--from") == row.arguments.end()) {
    arguments.insert(arguments.end(), {"--from", "a@example.com", "--to", "b@example.net"});
  }
  return arguments;
}

}  // namespace

void ExpectVerdicts(const Ports& ports, const std::string& ca_file, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.port + " from " + row.source + " as " + row.profile);
    const Probed probed = Probe(ArgumentsOf(row, ports.at(row.port), ca_file));
    EXPECT_EQ(probed.Verdict(row.profile), row.verdict) << probed.documents.dump(1) << probed.err;
    EXPECT_EQ(probed.Stage(row.profile), row.stage);
  }
}

}  // namespace relaywatch::e2e
