// A directory of a test's own, private (0700) and gone with the object.
// Confined to one thread; failures end the program with a message.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace relaywatch::support {

class ScratchDirectory {
 public:
  // Below $TMPDIR, else /tmp.
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The absolute path of something inside.
  std::string operator/(std::string_view name) const { return path_ / name; }

  // Writes a file (and the directories above it) and returns its absolute path.
  std::string Write(std::string_view name, std::string_view content,
                    std::filesystem::perms mode = std::filesystem::perms{0600}) const;

 private:
  std::filesystem::path path_;
};

// The whole content of a file; "" where there is none.
std::string ReadFile(const std::filesystem::path& file);

}  // namespace relaywatch::support
