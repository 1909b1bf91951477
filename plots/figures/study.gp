# study.gp — the panels of a study's own figure, each with its own axes, and one key at the right.
# Blocks of the data file, for each panel p and series s at (p-1)*n+s-1: x, mean, low, high, or the points of every run.
set multiplot
# The symbols of lines that lie on each other stand beside each other.
first(i, k) = interval[i] * (k - 1) / n
do for [p=1:panels] {
  col = (p - 1) % columns
  line = (p - 1) / columns
  set lmargin at screen x(left + col * pitch_x)
  set rmargin at screen x(left + col * pitch_x + panel_width)
  set tmargin at screen 1 - y(top + line * pitch_y)
  set bmargin at screen 1 - y(top + line * pitch_y + panel_height)
  set label 896 panel_title[p] at graph 0, graph 1 offset 0,0.7 left font font10
  set label 897 xname[p] at graph 0.5, screen 1 - y(top + line * pitch_y + panel_height + 45) center
  set label 898 yname[p] at screen x(18 + col * pitch_x), graph 0.5 center rotate by 90
  unset logscale
  if (log_x[p]) { set logscale x }
  if (log_y[p]) { set logscale y }
  eval 'set xtics '.xticks[p]
  eval 'set ytics '.yticks[p]
  set xrange [x_low[p]:x_high[p]]
  set yrange [y_low[p]:y_high[p]]
  unset key
  if (p == 1) {
    set key at screen 1 - x(key_width - 12), screen 1 - y(40) left top vertical maxcols 1 Left reverse samplen 3 \
        spacing 1.15
  }
  o = (p - 1) * n
  plot NaN notitle, \
       for [k=1:levels_count] data index (o + levels[k] - 1) using 1:2 with lines linecolor rgb '#C8C8C8' \
           linewidth 1 notitle, \
       for [k=1:n] data index (o + k - 1) using 1:(banded[o + k] ? $3 : NaN):(banded[o + k] ? $4 : NaN) \
           with filledcurves linestyle style[k] fillstyle transparent solid 0.18 noborder notitle, \
       for [k=1:lined_count] data index (o + lined[k] - 1) using 1:2 with lines linestyle style[lined[k]] \
           dashtype dashes(style[lined[k]], cover[o + lined[k]]) linewidth 1.6 notitle, \
       for [k=1:lined_count] data index (o + lined[k] - 1) \
           every interval[o + lined[k]]::first(o + lined[k], lined[k]) \
           using 1:2 with points linestyle style[lined[k]] linewidth 1.6 notitle, \
       for [k=1:jumps_count] data index (o + jumps[k] - 1) using 1:2 with linespoints linecolor rgb ink \
           dashtype 3 linewidth 1.2 pointtype 6 pointsize 0.8 notitle, \
       for [k=1:points_of_count] data index (o + points_of[k] - 1) using 1:2 with points linecolor rgb ink \
           linewidth 2 pointtype 2 pointsize 1.4 notitle, \
       for [k=1:(p == 1 ? lined_count : 0)] keyentry with linespoints linestyle style[lined[k]] \
           title label[lined[k]], \
       for [k=1:(p == 1 ? jumps_count : 0)] keyentry with linespoints linecolor rgb ink dashtype 3 linewidth 1.2 \
           pointtype 6 pointsize 0.8 title label[jumps[k]], \
       for [k=1:(p == 1 ? points_of_count : 0)] keyentry with points linecolor rgb ink linewidth 2 pointtype 2 \
           pointsize 1.4 title label[points_of[k]], \
       for [k=1:(p == 1 ? levels_count : 0)] keyentry with lines linecolor rgb '#C8C8C8' linewidth 1 \
           title label[levels[k]]
  do for [k=896:900+captions] { unset label k }
}
unset multiplot
