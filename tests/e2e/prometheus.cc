#include "tests/e2e/prometheus.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace relaywatch::e2e {

Prometheus::Prometheus(std::uint16_t target_port) {
  const std::string config = scratch_.Write(
      "prometheus.yaml", fmt::format("global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n"
                                     "scrape_configs:\n"
                                     "  - job_name: relaywatch\n"
                                     "    static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
                                     target_port));
  process_ = std::make_unique<support::Process>(support::Command{
      .argv = {"prometheus", "--config.file=" + config, "--storage.tsdb.path=" + scratch_ / "data",
               fmt::format("--web.listen-address=127.0.0.1:{}", port_)}});
  up_ = support::Eventually(std::chrono::seconds(30),
                            [&] { return support::Http(port_, "/-/ready").status == 200; });
}

std::map<std::string, double> Prometheus::Query(const std::string& expression,
                                                const std::string& label) const {
  using nlohmann::json;
  const support::HttpReply reply =
      support::Http(port_, "/api/v1/query?query=" + support::UrlEncode(expression));
  const json answer = json::parse(reply.body, nullptr, false);
  std::map<std::string, double> values;
  if (reply.status != 200 || answer.is_discarded()) return values;
  for (const json& sample : answer.at("data").at("result")) {
    values[sample.at("metric").value(label, "")] =
        std::stod(sample.at("value")[1].get<std::string>());
  }
  return values;
}

}  // namespace relaywatch::e2e
