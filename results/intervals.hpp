// intervals.hpp — intervals of a mean: Student's t, and where it is asked for the studentized bootstrap,
// "bootstrap-t" (Efron 1981; Hall 1988). n values; distributions from Boost.Math, resampling seeded.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace symopt {

/// `t_instead`: Student's t where a bootstrap-t was asked for and could not be made.
enum class IntervalKind { t, bootstrap_t, t_instead };
std::string to_text(IntervalKind kind);  ///< "t", "bootstrap-t", "t-instead"

struct Interval {
  double low, high;
  IntervalKind kind = IntervalKind::t;
};

/// How a table makes its 95 % intervals. The seed is the experiment's; only resampling needs it.
struct IntervalRule {
  IntervalRule(std::uint64_t seed_ = 1, IntervalKind kind_ = IntervalKind::t) : seed(seed_), kind(kind_) {}
  std::uint64_t seed;
  IntervalKind kind;
};
/// What an option may ask for: "t", "bootstrap-t".
const std::vector<std::string>& interval_names();
/// The kind of that name. UsageError on another.
IntervalKind parse_interval(std::string_view text);
inline constexpr const char* kIntervalHelp =
    "kind of the 95 % intervals: t, Student's; bootstrap-t, the studentized bootstrap, of 10 values or more";

/// Of fewer values the resamples are too coarse, and Student's t stands in.
inline constexpr std::size_t kFewestResampled = 10;
inline constexpr int kResamples = 10000;

/// mean ± the quantile of Student's t with n − 1 degrees of freedom times the standard error. NaN for n < 2
/// or where a value is not finite.
Interval t_interval(std::span<const double> x, double level = 0.95);
Interval t_interval(double mean, double standard_error, std::size_t n, double level);
/// mean − q times the standard error, with the quantiles q of (mean* − mean)/(standard error*) over
/// resamples. The same for the same seed. NaN where t_interval() is or the values do not vary, and infinite
/// or NaN where so many resamples do not vary that a quantile is.
Interval bootstrap_t_interval(std::span<const double> x, std::uint64_t seed, int resamples = kResamples,
                              double level = 0.95);
/// The 95 % interval of the rule, with the rule's seed as it is.
Interval mean_interval(std::span<const double> x, const IntervalRule& rule);

/// What a table's caption says of its 95 % intervals, from the texts of the kinds that it shows: which they
/// are, and why Student's stand in where they do.
std::string interval_words(const std::set<std::string>& kinds);

}  // namespace symopt
