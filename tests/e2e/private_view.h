// What a program sees of this machine's files, changed for it alone: it runs in a mount namespace
// with files of the test's own over the system's. For servers that have paths and accounts compiled
// in. Needs root. Confined to one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scratch.h"

namespace relaywatch::e2e {

// For a server that drops its privileges to `account`, a name or a number.
void MakeOwnedDirectory(const std::string& directory, const std::string& account);

class PrivateView {
 public:
  // An account and a group of this name, for a server that drops its privileges to it.
  void AddAccount(std::string_view name, unsigned id);
  // An empty directory, writable by root only, in place of an existing one.
  void Empty(std::string_view directory);
  // A command of the shell, to be run in that view before the program.
  void Prepare(std::string_view command);
  // The command that runs `argv` with this view. The view must outlive its programs.
  std::vector<std::string> SeenBy(std::vector<std::string> argv) const;

 private:
  support::ScratchDirectory scratch_;
  std::string accounts_ = support::ReadFile("/etc/passwd");
  std::string groups_ = support::ReadFile("/etc/group");
  std::string preparation_;
};

}  // namespace relaywatch::e2e
