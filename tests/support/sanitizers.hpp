// sanitizers.hpp — SYMOPT_ADDRESS_SANITIZER where the address sanitizer watches: g++ and clang say it
// differently. SYMOPT_SCALARS are the types that a property of all optimizers is tried with where it takes
// minutes under the sanitizer: both are one template, whose accesses are the same.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define SYMOPT_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SYMOPT_ADDRESS_SANITIZER
#endif
#endif

#ifdef SYMOPT_ADDRESS_SANITIZER
#define SYMOPT_SCALARS float
#else
#define SYMOPT_SCALARS float, double
#endif
