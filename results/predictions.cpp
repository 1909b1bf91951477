// predictions.cpp — the columns of the two tables.
#include "results/predictions.hpp"

namespace symopt {

template <>
const Columns<PredictionRow>& columns_of() {
  using R = PredictionRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"sample", &R::sample, "the test picture's number, from 0"},
      C{"kind", &R::kind, "`input`, `truth` (its labels in their colours) or `prediction`"},
      C{"optimizer", &R::optimizer, "whose prediction, with its network where there are several"},
      C{"trial", &R::trial,
        "and of which of its trials: the first that completed and whose parameters were kept"},
      C{"accuracy", &R::accuracy, "of a prediction: the share of the pixels that count that are right"},
      C{"width", &R::width, "pixels"},
      C{"height", &R::height, "pixels"},
      C{"file", &R::file, "the picture, a PNG in the results folder"},
  });
  return columns;
}

template <>
const Columns<ClassColourRow>& columns_of() {
  using R = ClassColourRow;
  using C = Column<R>;
  static const Columns<R> columns({
      C{"label", &R::label, "the class; the last one is of pixels that do not count"},
      C{"name", &R::name, "what it shows"},
      C{"red", &R::red, "0 to 255"},
      C{"green", &R::green, "0 to 255"},
      C{"blue", &R::blue, "0 to 255"},
  });
  return columns;
}

std::vector<TableInfo> prediction_tables() {
  return {table_info<PredictionRow>("predictions.csv", "a picture of a chosen test sample", "Of `segnet`."),
          table_info<ClassColourRow>("class_colours.csv", "a class", "Of `segnet`.")};
}

}  // namespace symopt
