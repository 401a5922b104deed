// `relaywatch export`: every result, as it comes, in constant memory. Thread-compatible.
#pragma once

#include <cstddef>
#include <string>

#include "cli/collector_link.h"
#include "cli/filter_options.h"
#include "cli/output.h"
#include "relaywatch/v1/query.pb.h"

namespace relaywatch::cli {

struct ExportOptions {
  CollectorOptions collector;
  FilterOptions filter;
};

void AddExportOptions(CLI::App& app, ExportOptions& options);

// Asks the collector and prints; returns the exit code. Ends quietly where nobody reads any more.
int RunExport(const ExportOptions& options);

// Batches in, text out: one object a line (text is that too), one array, or records behind a
// header. Confined to one thread.
class ExportFormat {
 public:
  explicit ExportFormat(Output output) : output_(output) {}

  std::string Batch(const v1::ExportBatch& batch);
  std::string End();

 private:
  std::string Json(const v1::ExportRow& row);
  std::string Csv(const v1::ExportRow& row) const;
  std::string CsvHeader() const;

  const Output output_;
  bool is_begun_ = false;
  std::size_t rows_ = 0;
  google::protobuf::RepeatedPtrField<std::string> profiles_;
};

}  // namespace relaywatch::cli
