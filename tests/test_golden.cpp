// test_golden.cpp — what earlier builds stored: hashes of specs, and the numbers of one short trial. They
// change only on purpose, with kResultVersion.
#include <cmath>

#include "core/options.hpp"
#include "protocols/trainer.hpp"
#include "results/certificate_rows.hpp"
#include "results/rows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/records.hpp"
#include "tests/support/small_data.hpp"

using namespace symopt;
using namespace symopt::test;

namespace {

struct Settings {
  int epochs = 5;
  bool early = true;
  double rate = 0.5;
  bool operator==(const Settings&) const = default;
};
// The options as they were first, and after one was added.
Options<Settings> options(bool later) {
  using O = Option<Settings>;
  std::vector<O> list = {O{.name = "epochs", .field = &Settings::epochs},
                         O{.name = "early", .field = &Settings::early}};
  if (later) list.push_back({.name = "rate", .field = &Settings::rate, .added = true});
  return list;
}

}  // namespace

TEST_CASE("golden: an option that came later leaves what was stored with its default as it was") {
  Settings settings;
  settings.epochs = 6;
  CHECK(options(true).stored(settings) == options(false).stored(settings));
  CHECK(options(false).stored(settings) == options(false).all(settings));
  settings.rate = 0.25;
  CHECK(options(true).stored(settings) == options(true).all(settings));
}

TEST_CASE("golden: the hashes of specs") {
  TrialSpec changed = make_spec("sm", 7, "momentum=0.9");
  changed.precision = "double", changed.seed = 18446744073709551615U;
  changed.protocol.search = false, changed.protocol.learning_rate = 0.3;
  changed.protocol.annealing = "step", changed.protocol.bn_statistics = "population";
  TrialSpec untested = make_spec("un", 0);
  untested.protocol.test = false;
  CHECK(make_spec("un", 0).hash() == "f8174fbc8f3c76917f70c80034c34572");
  CHECK(make_spec("un", 3, "retraction=exp").hash() == "d4942558bebe305c59e7d34f8db252b2");
  CHECK(changed.hash() == "36aaad151785d2b8a278f083f10985f7");
  CHECK(untested.hash() == "4419d39aea4ae184441a28343d699f41");
  CHECK(kResultVersion == 2);
}

TEST_CASE("golden: the columns of the tables and of a trial file, in their order") {
  const std::string group = "dataset,network,optimizer,settings", trial = group + ",seed,trial";
  const std::string target = group + ",rule,target,trials,reached";
  const std::string epoch = "epoch,steps,learning_rate,cost,train_error,validation_error,test_error";
  const std::string candidate = "learning_rate,status,cost,validation_error";
  CHECK(columns_of<Ending>().header() == "status,message,learning_rate,edge,stop,search_seconds");
  CHECK(columns_of<SearchPoint>().header() == candidate);
  CHECK(columns_of<EpochPoint>().header() == epoch);
  CHECK(columns_of<EpochTiming>().header() == "train_seconds,evaluation_seconds");
  CHECK(columns_of<Teleport>().header() ==
        "step,ascents,gradient_before,gradient_after,loss_before,loss_after,seconds");
  CHECK(columns_of<TrialRow>().header() ==
        trial +
            ",start,status,learning_rate,edge,epochs,stop,cost,train_error,validation_error,test_error,"
            "best_epoch,best_validation_error,best_test_error,message,hash");
  CHECK(columns_of<EpochRow>().header() == trial + "," + epoch);
  CHECK(columns_of<SearchRow>().header() == trial + "," + candidate + ",chosen");
  CHECK(columns_of<TimingRow>().header() == trial + ",epoch,train_seconds,evaluation_seconds");
  CHECK(columns_of<TeleportRow>().header() ==
        trial + ",step,skipped,ascents,gradient_before,gradient_after,loss_before,loss_after");
  CHECK(columns_of<TeleportTimingRow>().header() == trial + ",step,seconds");
  CHECK(columns_of<PlanRow>().header() == trial + ",hash");
  CHECK(columns_of<SummaryRow>().header() ==
        group +
            ",metric,trials,completed,diverged,failed,timed_out,mean,variance,deviation,median,q1,q3,min,max,"
            "interval,ci_low,ci_high");
  CHECK(columns_of<TestRow>().header() ==
        "dataset,network,optimizer_a,optimizer_b,pairs,mean_difference,interval,ci_low,ci_high,t,p_t,"
        "p_t_holm,w,zeros,p_wilcoxon,p_wilcoxon_holm,d_z");
  CHECK(columns_of<TargetRow>().header() ==
        target +
            ",epochs,epochs_q1,epochs_q3,epochs_min,epochs_max,steps,steps_q1,steps_q3,steps_min,steps_max");
  CHECK(columns_of<TargetTimingRow>().header() ==
        target + ",seconds,seconds_q1,seconds_q3,seconds_min,seconds_max");
  CHECK(columns_of<ProfileRow>().header() == "problems,optimizer,settings,ratio,share");
  CHECK(columns_of<ScoreRow>().header() == "problems,optimizer,settings,count,solved,best,score");
  CHECK(columns_of<ClaimRow>().header() == "claim,verdict,statement,rule,numbers");
  CHECK(columns_of<FactRow>().header() == "name,value");
  CHECK(columns_of<CertificateRow>().header() ==
        "optimizer,settings,network,group,learning_rate,verdict,function_deviation,one_step,many_steps,"
        "moved_within,"
        "parameter_space,slope,function_deviation_training,one_step_training,reason");
  CHECK(columns_of<OrthogonalityRow>().header() == "network,group,generator,cosine");
  CHECK(columns_of<DegreesRow>().header() ==
        "network,seed,samples,rows,parameters,unmoved,ambiguities,predicted,rank,threshold,gap,largest,"
        "smallest_kept,largest_dropped,along_generators,rare,added,drawn");
  CHECK(columns_of<SpectrumRow>().header() == "index,singular_value,relative");
}

TEST_CASE("golden: a trial file with the first columns alone stays readable") {
  // As result version 2 began. What is added is not added here: it stands last in its list, as `.added`.
  CHECK(columns_of<SearchPoint>().count_in("learning_rate,status,cost,validation_error"));
  CHECK(columns_of<EpochPoint>().count_in(
      "epoch,steps,learning_rate,cost,train_error,validation_error,test_error"));
  CHECK(columns_of<EpochTiming>().count_in("train_seconds,evaluation_seconds"));
  CHECK(columns_of<Teleport>().count_in(
      "step,ascents,gradient_before,gradient_after,loss_before,loss_after,seconds"));
}

TEST_CASE("golden: the numbers of a short trial in double") {
  const Dataset data = noisy_classes();
  const TrialSpec spec = small_trial(data, "archbn:8-4-3/pool2", "un");
  CHECK(spec.hash() == "5bac5865e058f204c6e366cdc6d01bc5");
  Monitor monitor;
  const TrialRecord record = run_trial(spec, data, monitor);
  CHECK(record.status == Status::completed);
  CHECK(record.stop == "max-epochs");
  CHECK(record.learning_rate == 1);
  // Another machine's sums of products round elsewhere. In float, whose ε is 2²⁹ times as large, these costs
  // differ by up to 9e-7 and the errors not at all: in double by some 2e-15, far below any other algorithm.
  const double tolerance = 1e-12;
  const auto same = [&](double found, double expected) {
    return std::abs(found - expected) <= tolerance * std::abs(expected);
  };
  const SearchPoint search[] = {
      {1, Status::completed, 1.008552698135132, 0.5833333333333334},
      {0.31622776601683794, Status::completed, 1.0274017766056072, 0.5833333333333334},
      {0.1, Status::completed, 0.8129480914105597, 0.5833333333333334}};
  REQUIRE(record.search.size() == std::size(search));
  for (std::size_t i = 0; i < std::size(search); ++i) {
    CAPTURE(i);
    CHECK(same(record.search[i].learning_rate, search[i].learning_rate));
    CHECK(same(record.search[i].cost, search[i].cost));
    CHECK(record.search[i].validation_error == search[i].validation_error);
  }
  const EpochPoint curve[] = {
      {1, 4, 1, 1.2017237955196707, 0.6111111111111112, 0.75, 0.6666666666666666},
      {2, 8, 1, 1.0781804794306695, 0.6111111111111112, 0.5833333333333334, 0.5333333333333333},
      {3, 12, 1.1, 0.7961453481074234, 0.2222222222222222, 0.16666666666666666, 0.23333333333333334},
      {4, 16, 1.2100000000000002, 0.629711278032066, 0.4166666666666667, 0.25, 0.4},
      {5, 20, 1.3310000000000004, 0.7983958962811504, 0.19444444444444445, 0.20833333333333334,
       0.3333333333333333},
      {6, 24, 0.6655000000000002, 0.5112954146706186, 0.25, 0.5, 0.43333333333333335},
      {7, 28, 0.7320500000000003, 0.46171559646862514, 0.4166666666666667, 0.3333333333333333,
       0.43333333333333335},
      {8, 32, 0.8052550000000004, 0.7706379839833919, 0.3333333333333333, 0.4166666666666667,
       0.6333333333333333}};
  REQUIRE(record.curve.size() == std::size(curve));
  for (std::size_t i = 0; i < std::size(curve); ++i) {
    CAPTURE(i);
    CHECK(record.curve[i].steps == curve[i].steps);
    CHECK(same(record.curve[i].learning_rate, curve[i].learning_rate));
    CHECK(same(record.curve[i].cost, curve[i].cost));
    CHECK(record.curve[i].train_error == curve[i].train_error);
    CHECK(record.curve[i].validation_error == curve[i].validation_error);
    CHECK(record.curve[i].test_error == curve[i].test_error);
  }
}
