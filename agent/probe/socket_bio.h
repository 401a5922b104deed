// OpenSSL's way to a non-blocking socket, instead of BIO_s_socket: it never raises SIGPIPE, and it
// remembers what OpenSSL's own errors do not tell apart (end of file, reset, the peer's first
// bytes). The state must outlive the BIO; the socket stays its owner's. Confined to one dialogue.
#pragma once

#include <openssl/bio.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace relaywatch::probe {

struct SocketBioState {
  int fd = -1;
  int error = 0;             // errno of the last failure that was not "would block"
  bool end_of_file = false;  // the peer closed
  // What the peer sent first: tells a TLS record from plain text.
  std::array<char, 64> first{};
  std::size_t first_size = 0;

  std::string_view First() const { return {first.data(), first_size}; }
};

// Owned by the caller until it is given to SSL_set_bio. Never null.
BIO* NewSocketBio(SocketBioState& state);

}  // namespace relaywatch::probe
