# annealing.gp — the learning rate that each epoch used, one panel an optimizer, one thin line a trial.
# Blocks of the data file, n of each: trials; last points of those that did not complete.
set logscale y
set xrange [xmin:xmax]
set yrange [low:high]
eval 'set xtics '.xticks
eval 'set ytics '.yticks
do for [i=1:n] {
  set title label[i]
  plot NaN notitle, \
       for [k=1:drawn[i]] data index (i - 1) using 1:2 with linespoints linestyle style[i] linewidth 1 dashtype 1 \
         pointtype mark pointsize 0.8, \
       for [k=1:unfinished[i]] data index (n + i - 1) using 1:2 with points linestyle style[i] pointtype 2 pointsize 1.1
  do for [k=900:902+captions] { unset label k }
}
unset multiplot
