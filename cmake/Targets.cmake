# relaywatch_library(NAME SOURCES ... DEPS ...): a library of ours, with our warnings and the
# repository root as its include root.
function(relaywatch_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE relaywatch_warnings)
endfunction()

# relaywatch_executable(NAME SOURCES ... DEPS ...): the same for a program.
function(relaywatch_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} relaywatch_warnings)
endfunction()

# relaywatch_test(NAME LABEL unit|integration|e2e SOURCES ... DEPS ...): one GoogleTest program,
# each of its tests known to ctest under the label. The target relaywatch_LABEL_tests builds all
# with that label.
function(relaywatch_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS;PROPERTIES" ${ARGN})
  relaywatch_executable(${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  if(NOT TARGET relaywatch_${ARG_LABEL}_tests)
    add_custom_target(relaywatch_${ARG_LABEL}_tests)
  endif()
  add_dependencies(relaywatch_${ARG_LABEL}_tests ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} ${ARG_PROPERTIES})
endfunction()
