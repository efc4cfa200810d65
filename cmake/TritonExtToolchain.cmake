# Finds LLVM and MLIR and settles how everything is compiled and linked.
include_guard()

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "found MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}, expected 22: "
                      "apt-get install libmlir-22-dev llvm-22-dev mlir-22-tools")
endif()
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Distributions give the static MLIR archives a link interface of the shared
# libLLVM. The product must be self-contained, so that name leads to the static
# archives that are used instead.
if(TARGET LLVM)
  get_target_property(_configs LLVM IMPORTED_CONFIGURATIONS)
  foreach(config ${_configs})
    get_target_property(_archive LLVMSupport IMPORTED_LOCATION_${config})
    set_target_properties(LLVM PROPERTIES
      IMPORTED_LOCATION_${config} "${_archive}"
      IMPORTED_SONAME_${config} "")
  endforeach()
  set_target_properties(LLVM PROPERTIES
    INTERFACE_LINK_LIBRARIES "LLVMRemarks;LLVMSupport")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Folders of a checkout and of its build differ from clone to clone; the
  # objects do not.
  set(_ccache "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
    "${CCACHE_PROGRAM}")
  set(CMAKE_C_COMPILER_LAUNCHER ${_ccache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${_ccache})
endif()

find_program(MOLD_PROGRAM mold)
find_program(LLD_PROGRAM NAMES ld.lld ld.lld-14)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
elseif(LLD_PROGRAM)
  add_link_options(-fuse-ld=lld)
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter
  -Wno-missing-field-initializers -fdata-sections -ffunction-sections)
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
add_link_options(-Wl,--gc-sections)
if(TRITON_EXT_ASSERTIONS)
  add_compile_options(-UNDEBUG)
endif()
if(TRITON_EXT_SANITIZE)
  add_compile_options(-fsanitize=${TRITON_EXT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TRITON_EXT_SANITIZE})
endif()

include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
include_directories(
  "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/infra/include"
  "${CMAKE_BINARY_DIR}")
separate_arguments(_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${_llvm_definitions})
