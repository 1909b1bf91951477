# search.gp — a learning-rate search, one panel an optimizer. Between the strips: validation error of every trial
# and the mean line. Strip on top: candidates that diverged. Strip below: candidates that were chosen.
# Blocks of the data file, n of each: trials; mean; diverged and its count; chosen and its count.
set logscale x
set xrange [low:high]
set yrange [-22:122]
eval 'set xtics '.xticks
eval 'set ytics '.yticks
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linecolor rgb ink linewidth 0.7
set arrow 2 from graph 0, first 100 to graph 1, first 100 nohead linecolor rgb ink linewidth 0.7
do for [i=1:n] {
  set title label[i]
  plot NaN notitle, \
       for [k=1:drawn[i]] data index (i - 1) using 1:2 with points linestyle style[i] pointtype 7 pointsize 0.4 \
         linecolor rgb '#B0B0B0', \
       for [k=1:drawn[i]] data index (n + i - 1) using 1:2 with linespoints linestyle style[i] pointsize 0.6, \
       for [k=1:diverged[i]] data index (2 * n + i - 1) using 1:(106) with points pointtype 2 pointsize 0.8 \
         linewidth 1.5 linecolor rgb ink, \
       for [k=1:diverged[i]] data index (2 * n + i - 1) using 1:(115):(sprintf('%d', $2)) with labels font font7, \
       for [k=1:chosen[i]] data index (3 * n + i - 1) using 1:(-6) with points pointtype 9 pointsize 1 \
         linecolor rgb ink, \
       for [k=1:chosen[i]] data index (3 * n + i - 1) using 1:(-15):(sprintf('%d', $2)) with labels font font8
  do for [k=900:902+captions] { unset label k }
}
unset multiplot
