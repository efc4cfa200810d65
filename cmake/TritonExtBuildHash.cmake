# Writes Version.cpp with a hash over the files listed in LIST, one a line, by
# `cmake -DLIST=… -DTEMPLATE=… -DOUTPUT=… -DTRITON_EXT_VERSION=… -DSALT=…
# -DTRITON_EXT_TOOL=… -P`.
# Where the files are does not count, so that every clone comes to the same.
file(STRINGS "${LIST}" files)
set(digests "")
foreach(file ${files})
  file(SHA256 "${file}" digest)
  get_filename_component(name "${file}" NAME)
  list(APPEND digests "${name} ${digest}")
endforeach()
list(SORT digests)
string(SHA256 TRITON_EXT_BUILD_HASH "${SALT};${digests}")
string(SUBSTRING "${TRITON_EXT_BUILD_HASH}" 0 16 TRITON_EXT_BUILD_HASH)
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
