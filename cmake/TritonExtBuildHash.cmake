# Writes Version.cpp with a hash over the files listed in LIST, one a line, by
# `cmake -DLIST=… -DTEMPLATE=… -DOUTPUT=… -DTRITON_EXT_VERSION=… -DSALT=… -P`.
file(STRINGS "${LIST}" files)
list(SORT files)
set(digests "${SALT}")
foreach(file ${files})
  file(SHA256 "${file}" digest)
  string(APPEND digests "${digest}")
endforeach()
string(SHA256 TRITON_EXT_BUILD_HASH "${digests}")
string(SUBSTRING "${TRITON_EXT_BUILD_HASH}" 0 16 TRITON_EXT_BUILD_HASH)
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
