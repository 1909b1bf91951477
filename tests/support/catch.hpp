// Catch2 2.13 and 3 under one name.
#pragma once
#ifdef SYMOPT_CATCH2_3
#include <catch2/catch_all.hpp>
using Catch::Approx;  // where Catch2 2.13 has it
#else
#include <catch2/catch.hpp>
#endif
