// test_parallel.cpp — independent work side by side: each piece once, errors after the last, no more threads
// than cores.
#include <set>
#include <stdexcept>

#include "core/parallel.hpp"
#include "tests/support/catch.hpp"

using namespace symopt;

TEST_CASE("parallel: each piece of work is done once, whatever the threads") {
  for (std::size_t count : {0, 1, 5, 1000})
    for (std::size_t threads : {0, 1, 2, 7, 2000}) {
      std::vector<std::atomic<int>> done(count);
      parallel_for(count, threads, [&](std::size_t i) { ++done[i]; });
      CHECK(std::count(done.begin(), done.end(), 1) == static_cast<std::ptrdiff_t>(count));
    }
}

TEST_CASE("parallel: an error comes out once every thread has ended, and nothing new is begun after it") {
  for (std::size_t threads : {1, 2, 4}) {
    std::atomic<std::size_t> begun{0}, running{0};
    const auto work = [&](std::size_t i) {
      ++begun, ++running;
      for (int wait = 0; wait < 100; ++wait) std::this_thread::yield();
      if (i == 3) {
        --running;
        throw std::runtime_error("the fourth");
      }
      --running;
    };
    CHECK_THROWS_WITH(parallel_for(1'000'000'000, threads, work), "the fourth");
    CHECK(running == 0);
    CHECK(begun < 1'000'000'000);
  }
}

TEST_CASE("parallel: work of microseconds stays in one thread where there is little of it") {
  std::set<std::thread::id> threads;
  parallel_for(127, [&](std::size_t) { threads.insert(std::this_thread::get_id()); });
  CHECK(threads == std::set{std::this_thread::get_id()});
}

#ifdef __linux__
TEST_CASE("parallel: of the machine's cores only those count that the process may use") {
  cpu_set_t whole, one;
  REQUIRE(::sched_getaffinity(0, sizeof whole, &whole) == 0);
  CHECK(usable_cores() == static_cast<std::size_t>(CPU_COUNT(&whole)));
  int first = 0;
  while (!CPU_ISSET(first, &whole)) ++first;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(usable_cores() == 1);
  std::set<std::thread::id> threads;
  parallel_for(10000, [&](std::size_t) { threads.insert(std::this_thread::get_id()); });
  CHECK(threads.size() == 1);
  REQUIRE(::sched_setaffinity(0, sizeof whole, &whole) == 0);
}
#endif
