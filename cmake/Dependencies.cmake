# Every library comes from Debian 12's packages (deploy/install-deps.sh).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(GSASL REQUIRED IMPORTED_TARGET libgsasl)

# Standalone Asio is headers only; Debian ships no CMake package for it.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(relaywatch_asio INTERFACE)
target_include_directories(relaywatch_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
# Whether Asio finds std::aligned_alloc depends on what a file includes before it; memory allocated in one
# file is freed in another, so all of them must agree.
target_compile_definitions(relaywatch_asio INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(relaywatch_asio INTERFACE Threads::Threads)
# This Asio knows clang's coroutines only from libc++; with libstdc++ they are the standard's (clang 15 on).
target_compile_definitions(relaywatch_asio INTERFACE
  $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT>)
# g++ 12 takes Asio's allocation of coroutine frames, once inlined, for a mismatch (GCC bug 109224).
target_compile_options(relaywatch_asio INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)

find_package(spdlog CONFIG REQUIRED)
pkg_check_modules(GRPCPP REQUIRED IMPORTED_TARGET grpc++)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libcrypt)
pkg_check_modules(TCMALLOC REQUIRED IMPORTED_TARGET libtcmalloc_minimal)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
