// certificate_columns.cpp — the columns of what `symopt invariance` and `symopt dof` measured.
#include "results/certificate_rows.hpp"

namespace symopt {

template <>
const Columns<CertificateRow>& columns_of() {
  using R = CertificateRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"optimizer", &R::optimizer, "the optimizer's name"},
      C{"settings", &R::settings, "its options that differ from their defaults"},
      C{"network", &R::network, "the network"},
      C{"group", &R::group, "the group of its symmetries"},
      C{"learning_rate", &R::learning_rate,
        "of the steps; an optimizer that is certified at another rate says why in `symopt invariance`"},
      C{"verdict", &R::verdict, "`equivariant`, `to first order`, `not`, `not a symmetry here`, `refused`"},
      C{"function_deviation", &R::function_deviation,
        "of f(g·w) from f(w): largest difference of log-probabilities, nats"},
      C{"one_step", &R::one_step,
        "of the functions after one step, relative to how far the step moved the function"},
      C{"many_steps", &R::many_steps, "the same after all steps"},
      C{"moved_within", &R::moved_within,
        "the same after all steps where g acts in the middle of them on the weights alone, and the "
        "optimizer's state stays"},
      C{"parameter_space", &R::parameter_space, "‖g·w₁ − w₂‖/‖w₁ − w‖ after one step"},
      C{"slope", &R::slope,
        "of log `one_step` against log rate, over three rates; `nan` where the difference is rounding"},
      C{"function_deviation_training", &R::function_deviation_training,
        "`function_deviation` with batch normalization's ε of training"},
      C{"one_step_training", &R::one_step_training, "`one_step` with batch normalization's ε of training"},
      C{"reason", &R::reason, "why it was refused"},
  });
  return columns;
}

template <>
const Columns<OrthogonalityRow>& columns_of() {
  using R = OrthogonalityRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"group", &R::group, "the group of its symmetries"},
      C{"generator", &R::generator, "a direction Δw that keeps the function"},
      C{"cosine", &R::cosine, "\\|⟨Δw, ∇L⟩\\|/(‖Δw‖‖∇L‖)"},
  });
  return columns;
}

template <>
const Columns<DegreesRow>& columns_of() {
  using R = DegreesRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"network", &R::network, "the network"},
      C{"seed", &R::seed, "of the point and of the inputs"},
      C{"samples", &R::samples, "inputs"},
      C{"rows", &R::rows, "rows of the Jacobian, one an input and output"},
      C{"parameters", &R::parameters, "its columns"},
      C{"unmoved", &R::unmoved, "parameters that no output depends on at this point"},
      C{"ambiguities", &R::ambiguities, "directions that the known symmetries keep"},
      C{"predicted", &R::predicted, "parameters less those and the unmoved"},
      C{"rank", &R::rank, "singular values above the threshold"},
      C{"threshold", &R::threshold, "max(rows, parameters) · ε · largest"},
      C{"gap", &R::gap, "the smallest of them over the largest below"},
      C{"largest", &R::largest, "the largest singular value"},
      C{"smallest_kept", &R::smallest_kept, "the smallest above the threshold"},
      C{"largest_dropped", &R::largest_dropped, "the largest below it"},
      C{"along_generators", &R::along_generators,
        "largest ‖J Δw‖/(σ₁‖Δw‖) over the generators of the known symmetries"},
      C{.name = "rare",
        .field = &R::rare,
        .help = "filters that are active on too few of the first samples for all of their directions to be "
                "seen",
        .added = true},
      C{.name = "added",
        .field = &R::added,
        .help = "samples on which they are active that joined the first",
        .added = true},
      C{.name = "drawn", .field = &R::drawn, .help = "of how many that were drawn", .added = true},
  });
  return columns;
}

template <>
const Columns<SpectrumRow>& columns_of() {
  using R = SpectrumRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"index", &R::index, "from 1, by falling singular value"},
      C{"singular_value", &R::singular_value, "of the Jacobian"},
      C{"relative", &R::relative, "over the largest"},
  });
  return columns;
}

}  // namespace symopt
