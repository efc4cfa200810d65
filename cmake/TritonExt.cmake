# The functions that a folder's CMakeLists.txt calls. Each reads as a sentence:
#
#   triton_ext_add_pass(NAME loop-split CLASS LoopSplit)
include_guard()

# What the folders declare, as "name|class|kind|scope|dir"; the registry is
# held against it, and the libraries are linked from it.
set_property(GLOBAL PROPERTY TRITON_EXT_DECLARED "")
set_property(GLOBAL PROPERTY TRITON_EXT_DIALECT_LIBRARIES "")
set_property(GLOBAL PROPERTY TRITON_EXT_PASS_LIBRARIES "")

# triton_ext_add_library(NAME sources... [LINK libraries...] [DEPENDS targets...])
#
# An internal static library; everything ends up in libTritonExtPassInfra.so
# and in triton-ext-opt.
function(triton_ext_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK;DEPENDS")
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  add_dependencies(${name} triton-ext-headers ${ARG_DEPENDS})
endfunction()

# triton_ext_add_dialect(NAME triton CLASS TritonDialect SOURCES files...
#                        [LINK libraries...] [DEPENDS tablegen-targets...])
#
# A folder dialects/<Folder> with its umbrella header <Folder>.h.
function(triton_ext_add_dialect)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;CLASS" "SOURCES;LINK;DEPENDS")
  get_filename_component(folder "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(library TritonExtDialect${folder})
  add_library(${library} STATIC ${ARG_SOURCES})
  target_link_libraries(${library} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${library} ${ARG_DEPENDS})
    add_dependencies(triton-ext-headers ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_DIALECT_LIBRARIES ${library})
endfunction()

# triton_ext_add_unittest(NAME sources... [LINK libraries...])
#
# A GoogleTest program; ctest and `make test-unit` run each of its tests.
function(triton_ext_add_unittest name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK")
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  add_dependencies(${name} triton-ext-headers)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/unittests")
  # Found when ctest runs, so that a cross or half build still configures.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}." PROPERTIES TIMEOUT 300)
  set_property(GLOBAL APPEND PROPERTY TRITON_EXT_UNITTESTS ${name})
endfunction()
