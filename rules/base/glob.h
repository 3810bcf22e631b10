// '*' in one name: it stands for any run of bytes, also none. No other character is special.
#pragma once

#include <string_view>

namespace purposewatch {

bool glob_matches(std::string_view glob, std::string_view text);

// Is there a text that both match?
bool globs_meet(std::string_view a, std::string_view b);

// Does `outer` match whatever `inner` matches? May say no where the answer is yes, never the other way round.
bool glob_covers(std::string_view outer, std::string_view inner);

}  // namespace purposewatch
