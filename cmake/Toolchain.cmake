# Compiler-wide choices: the language level, where ccache sits, and the one warnings target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the checkout, so that presets and clones share what they compiled alike.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true ${CCACHE_PROGRAM})
endif()

option(RELAYWATCH_WERROR "Warnings are errors" OFF)
set(RELAYWATCH_SANITIZE "" CACHE STRING "Value for -fsanitize=, e.g. address,undefined")

# gRPC's package names fifty libraries; a program loads only those that it calls.
add_link_options(LINKER:--as-needed)

add_library(relaywatch_warnings INTERFACE)
target_compile_options(relaywatch_warnings INTERFACE
  -Wall -Wextra -Wno-missing-field-initializers  # designated initialisers leave defaults out
  -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<BOOL:${RELAYWATCH_WERROR}>:-Werror>)

if(RELAYWATCH_SANITIZE)
  add_compile_options(-fsanitize=${RELAYWATCH_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RELAYWATCH_SANITIZE})
endif()

if(RELAYWATCH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
