#include "agent/probe/socket_bio.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace relaywatch::probe {
namespace {

SocketBioState& StateOf(BIO* bio) { return *static_cast<SocketBioState*>(BIO_get_data(bio)); }

bool WouldBlock(int error) { return error == EAGAIN || error == EINTR; }

int Read(BIO* bio, char* into, int size) {
  SocketBioState& state = StateOf(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(state.fd, into, static_cast<std::size_t>(size), 0);
  if (got > 0) {
    const std::size_t kept =
        std::min(state.first.size() - state.first_size, static_cast<std::size_t>(got));
    std::copy_n(into, kept, state.first.data() + state.first_size);
    state.first_size += kept;
  } else if (got == 0) {
    state.end_of_file = true;
  } else if (WouldBlock(errno)) {
    BIO_set_retry_read(bio);
  } else {
    state.error = errno;
  }
  return static_cast<int>(got);
}

int Write(BIO* bio, const char* from, int size) {
  SocketBioState& state = StateOf(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t put = ::send(state.fd, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (put < 0 && WouldBlock(errno)) {
    BIO_set_retry_write(bio);
  } else if (put < 0) {
    state.error = errno;
  }
  return static_cast<int>(put);
}

long Control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return StateOf(bio).end_of_file ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is buffered here
}

// Made once and kept for the life of the process.
const BIO_METHOD* Method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, Read);
    BIO_meth_set_write(made, Write);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

}  // namespace

BIO* NewSocketBio(SocketBioState& state) {
  BIO* bio = BIO_new(Method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &state);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace relaywatch::probe
