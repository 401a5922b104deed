// docs/metrics.md tells every metric of the catalogue, with its type and labels, and no other.
#include "collector/serve/catalogue.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

namespace relaywatch::collector {
namespace {

std::string TypeName(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    default:
      return "histogram";
  }
}

// "| `name` | type | labels | …" lines of the document, as "type: labels" by name.
std::map<std::string, std::string> Documented() {
  std::map<std::string, std::string> rows;
  std::ifstream document(RELAYWATCH_DOCS "/metrics.md");
  EXPECT_TRUE(document) << "docs/metrics.md cannot be read";
  for (std::string line; std::getline(document, line);) {
    if (!line.starts_with("| `relaywatch_")) continue;
    const std::size_t name_end = line.find('`', 3);
    const std::size_t type = line.find("| ", name_end) + 2;
    const std::size_t labels = line.find("| ", type) + 2;
    const std::size_t end = line.find(" |", labels - 1);
    rows[line.substr(3, name_end - 3)] = line.substr(type, line.find(' ', type) - type) + ": " +
                                         (end >= labels ? line.substr(labels, end - labels) : "");
  }
  return rows;
}

TEST(Catalogue, IsWhatTheDocumentTells) {
  std::map<std::string, std::string> catalogue;
  for (const Metric* metric : Catalogue()) {
    std::string labels(metric->labels);
    for (std::size_t at = 0; (at = labels.find(' ', at)) != std::string::npos; at += 2) {
      labels.replace(at, 1, ", ");
    }
    catalogue[std::string(metric->name)] =
        TypeName(metric->type) + ": " + (labels.empty() ? "-" : labels);
  }
  EXPECT_EQ(Documented(), catalogue);
}

TEST(Catalogue, FollowsTheNamingConventions) {
  std::set<std::string_view> names;
  for (const Metric* metric : Catalogue()) {
    EXPECT_TRUE(names.insert(metric->name).second) << metric->name << " is there twice";
    EXPECT_TRUE(metric->name.starts_with("relaywatch_")) << metric->name;
    EXPECT_EQ(metric->name.ends_with("_total"), metric->type == prometheus::MetricType::Counter)
        << metric->name;
    EXPECT_TRUE(metric->help.ends_with(".")) << metric->name;
  }
}

}  // namespace
}  // namespace relaywatch::collector
