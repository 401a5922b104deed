#include "tests/support/scratch.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace relaywatch::support {

namespace fs = std::filesystem;

ScratchDirectory::ScratchDirectory() {
  std::string name = fs::temp_directory_path() / "relaywatch-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    perror(name.c_str());
    std::abort();
  }
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string ScratchDirectory::Write(std::string_view name, std::string_view content,
                                    fs::perms mode) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) {
    perror(file.c_str());
    std::abort();
  }
  fs::permissions(file, mode);
  return file;
}

std::string ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace relaywatch::support
