// Programs of 32 bits, without a compiler for them.
#pragma once

#include <string>
#include <string_view>

namespace purposewatch::testing {

// Makes an executable file of i386 machine code, which finds argc, argv and environ on its stack.
void make_program_of_32_bits(const std::string& path, std::string_view code);

}  // namespace purposewatch::testing
