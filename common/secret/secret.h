// Bytes that nobody but the peer they are meant for may see. They are wiped when they are let go,
// cannot be copied by accident, and there is no way to print or format them.
// Thread-compatible.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace relaywatch {

class Secret {
  struct Wipe {
    Wipe() : size(0) {}
    explicit Wipe(std::size_t bytes) : size(bytes) {}
    void operator()(char* bytes) const;
    std::size_t size;
  };

 public:
  Secret() = default;
  // The parts, joined. What they were read from stays the caller's to wipe.
  explicit Secret(std::initializer_list<std::string_view> parts);
  explicit Secret(std::string_view bytes) : Secret({bytes}) {}

  // Valid as long as the secret is; a NUL stands behind the last byte.
  std::string_view view() const {
    return bytes_ ? std::string_view(bytes_.get(), bytes_.get_deleter().size) : std::string_view();
  }
  bool empty() const { return view().empty(); }

 private:
  std::unique_ptr<char[], Wipe> bytes_;
};

// Wipes what a library left behind.
void WipeBytes(void* bytes, std::size_t size);

// From here on this process leaves no core dump and cannot be traced by others of its user: what is
// in its memory stays there. For programs that were given a password.
void KeepMemoryPrivate();

}  // namespace relaywatch
