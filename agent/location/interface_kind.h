// Which of the kinds that location rules name (common/interface_kinds.h) an interface is of. Pure;
// thread-safe.
#pragma once

#include <string_view>

namespace relaywatch::agent {

// `hardware`: the ARPHRD_ number of the link; `driver`: the kind that rtnetlink tells of virtual
// links ("tun", "wireguard", "bridge"), else empty; `wireless`: the system knows a radio behind it.
std::string_view InterfaceKind(unsigned hardware, std::string_view driver, bool wireless);

}  // namespace relaywatch::agent
