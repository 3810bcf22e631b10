// Whose hands files are in: what tells the agent what to do may be changed by nobody but root and its own
// user.
#pragma once

#include <sys/stat.h>

#include <string>

namespace purposewatch {

// Why somebody else could change what has this status; empty: nobody can. Of a link, the mode says nothing.
std::string why_not_ours(const struct stat& status);

// Why somebody else could put other files into this directory, or another one into its place, on the way that
// the path takes or on the one that its links lead; empty: nobody can. In a directory like /tmp (S_ISVTX),
// all have their own. What is not there is nobody's.
std::string why_directory_is_not_ours(const std::string& path);

}  // namespace purposewatch
