// sanitizers.hpp — SYMOPT_ADDRESS_SANITIZER where the address sanitizer watches: g++ and clang say it
// differently.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define SYMOPT_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYMOPT_ADDRESS_SANITIZER
#endif
#endif
