#include "tests/e2e/private_view.h"

#include <fmt/format.h>

#include <filesystem>

#include "tests/support/process.h"

namespace relaywatch::e2e {
namespace {

constexpr std::filesystem::perms kReadable{0644};

}  // namespace

void MakeOwnedDirectory(const std::string& directory, const std::string& account) {
  support::RunToEnd({.argv = {"install", "-d", "-o", account, "-m", "0750", directory}});
}

void PrivateView::AddAccount(std::string_view name, unsigned id) {
  accounts_ += fmt::format("{}:x:{}:{}::/nonexistent:/usr/sbin/nologin\n", name, id, id);
  groups_ += fmt::format("{}:x:{}:\n", name, id);
}

void PrivateView::Empty(std::string_view directory) {
  Prepare(fmt::format("mount -t tmpfs -o mode=755 tmpfs {}", directory));
}

void PrivateView::Prepare(std::string_view command) {
  preparation_ += fmt::format("{} &&\n", command);
}

std::vector<std::string> PrivateView::SeenBy(std::vector<std::string> argv) const {
  const std::string accounts = scratch_.Write("passwd", accounts_, kReadable);
  const std::string groups = scratch_.Write("group", groups_, kReadable);
  const std::string script =
      fmt::format("mount --bind {} /etc/passwd &&\nmount --bind {} /etc/group &&\n{}exec \"$@\"",
                  accounts, groups, preparation_);
  argv.insert(argv.begin(), {"unshare", "--mount", "sh", "-c", script, "private-view"});
  return argv;
}

}  // namespace relaywatch::e2e
