// laboratory.hpp — one optimizer on one network and fixed data: where it goes from any point, and what
// function is there. The two runs of a certificate see the same batches and the same draws.
#pragma once
#include "experiments/certificates/invariance.hpp"
#include "protocols/stepper.hpp"

namespace symopt {

struct Contender {
  const OptimizerEntry* entry;
  Assignments settings;    ///< the certificate's options, then the user's
  double rate_factor = 1;  ///< the certificate's
};
/// "un:theta=unit". UsageError on what is unknown.
Contender parse_contender(const std::string& text);

/// The batches of a certificate, and the samples on which functions are compared: the first batch. Elsewhere
/// a function also depends on directions that no batch has determined (units that fire on a few samples), and
/// which of them the natural gradient's pseudo-inverse picks depends on the coordinates at any rate.
struct CertificateData {
  std::vector<Matrix<double>> batches;
  std::vector<std::uint8_t> labels;  ///< of every batch; uniform
  Matrix<double> comparison;

  Batch<double> batch(size_t i) const {
    const Matrix<double>& X = batches[i % batches.size()];
    return {{X.data(), X.rows(), X.cols()}, labels.data()};
  }
};
/// A group that acts through data has one batch, small enough for its features to be independent, and is
/// certified on it; the others have a fresh batch each step.
CertificateData make_data(const NetworkSpec& spec, bool on_one_batch, const InvarianceRequest& request);

/// Where a run passes: its start, after the optimizer's bind; the ends of one step and of all.
struct Path {
  std::vector<double> start, one, many;
  std::string remark;  ///< the optimizer's, at the end of all
};

/// The same data as g moves them.
CertificateData moved_by(const Element& g, const CertificateData& data);

/// What stands around a network where g has acted: the factor of its loss, and how its outputs are read.
struct Around {
  double loss_factor = 1;
  const Element* back = nullptr;  ///< g⁻¹, which must outlive the laboratory; null: as they are
};

class Laboratory {
 public:
  Laboratory(const Contender& contender, const NetworkSpec& spec, const CertificateData& data,
             const Stream& stream, Around around = {});
  Path run(const std::vector<double>& from, double rate, int steps);
  /// The end of `steps` steps, in the middle of which g acts on the weights, and the optimizer's state stays.
  std::vector<double> run_moved_within(const std::vector<double>& from, double rate, int steps,
                                       const Element& g);
  /// Where the optimizer's bind moves a point to.
  std::vector<double> bound(const std::vector<double>& theta) { return run(theta, 0, 0).start; }
  /// Log-probabilities of the comparison's samples, under their own batch statistics, read back.
  Matrix<double> function(const std::vector<double>& theta);

 private:
  Stepper<double> make_stepper();
  void step(Stepper<double>& stepper, int t, double rate);
  Batch<double> draw(Index count, Stream stream);

  const Contender& contender_;
  const NetworkSpec& spec_;
  const CertificateData& data_;
  Stream stream_;
  Around around_;
  Network<double> probe_;
  Matrix<double> drawn_;
  std::vector<std::uint8_t> labels_;
};

}  // namespace symopt
