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
  set title panel_title[p] font font10 offset 0,-0.5
  set label 897 xname[p] at graph 0.5, screen 1 - y(top + line * pitch_y + panel_height + 45) center
  set ylabel yname[p] offset 0.6,0
  unset logscale
  if (log_x[p]) { set logscale x }
  if (log_y[p]) { set logscale y }
  set format '%g'
  unset xtics
  unset ytics
  set xtics out nomirror scale 0.6 font font9
  set ytics out nomirror scale 0.6 font font9
  if (whole[p]) { set xtics 1 }
  # Powers of ten, and where they are too few to read a value by, what lies between them.
  if (log_x[p]) {
    set xtics ('' -1)
    do for [d=-30:30] { set xtics add (power(d) 10.**d) }
  }
  if (log_y[p]) {
    ratio = y_low[p] > 0 ? y_high[p] / y_low[p] : 1e30
    stride = ratio > 1e8 ? 2 : 1
    set ytics ('' -1)
    do for [d=-30*stride:30*stride:stride] { set ytics add (power(d) 10.**d) }
    if (ratio < 1000) {
      do for [d=-30:30] {
        do for [m in (ratio < 8 ? '1.5 2 3 5 7' : '2 5')] { set ytics add (sprintf('%g', m * 10.**d) m * 10.**d) }
      }
    }
  }
  set autoscale
  if (x_high[p] > x_low[p]) { set xrange [x_low[p]:x_high[p]] } else { set xrange [*:*] }
  # Errors and losses do not go below 0, nor do their bands.
  if (log_y[p]) { set yrange [*:*] } else { set yrange [0 < * : *] }
  if (y_high[p] > y_low[p]) { set yrange [y_low[p]:y_high[p]] }
  unset key
  if (p == 1) {
    set key at screen 1 - x(key_width - 12), screen 1 - y(40) left top vertical maxcols 1 Left reverse samplen 3 \
        spacing 1.15
  }
  o = (p - 1) * n
  plot NaN notitle, \
       for [k=1:level_count[p]] data index (o + levels[k] - 1) using 1:2 with lines linecolor rgb '#C8C8C8' \
           linewidth 1 notitle, \
       for [k=1:n] data index (o + k - 1) using 1:(banded[o + k] ? $3 : NaN):(banded[o + k] ? $4 : NaN) \
           with filledcurves linestyle style[k] fillstyle transparent solid 0.18 noborder notitle, \
       for [k=1:n] data index (o + k - 1) using 1:(lined[o + k] ? $2 : NaN) with lines linestyle style[k] \
           linewidth 1.6 notitle, \
       for [k=1:n] data index (o + k - 1) every interval[o + k]::first(o + k, k) \
           using 1:(lined[o + k] ? $2 : NaN) with points linestyle style[k] linewidth 1.6 notitle, \
       for [k=1:n] data index (o + k - 1) using 1:(jumped[o + k] ? $2 : NaN) with linespoints linecolor rgb ink \
           dashtype 3 linewidth 1.2 pointtype 6 pointsize 0.8 notitle, \
       for [k=1:(p == 1 ? named_count : 0)] keyentry with linespoints linestyle style[named[k]] title label[named[k]], \
       for [k=1:(p == 1 ? jumps : 0)] keyentry with linespoints linecolor rgb ink dashtype 3 linewidth 1.2 \
           pointtype 6 pointsize 0.8 title jump_label, \
       for [k=1:(p == 1 ? greys : 0)] keyentry with lines linecolor rgb '#C8C8C8' linewidth 1 title 'level set'
  do for [k=900:900+captions] { unset label k }
}
unset multiplot
